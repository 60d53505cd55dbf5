"""Streams of random numbers with names, so that nothing depends on what else is drawn."""

import hashlib

import numpy as np

__all__ = ["named_stream"]


def named_stream(seed, name, number):
    """numpy Generator whose numbers depend on (seed, name, number) and nothing else.

    name: what is drawn, or the profile that is fitted. number: of the chain or the member, 0 where
    there is one.
    """
    digest = hashlib.sha256(str(name).encode()).digest()
    entropy = [seed, int.from_bytes(digest[:16], "little"), number]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy)))
