"""Streams of random numbers with names, so that nothing depends on what else is drawn."""

import hashlib
import re

import numpy as np

__all__ = ["named_stream", "profile_stream"]

# Names of streams that are no profile's, and the mark of profiles that are called like one.
OWN_NAMES = re.compile(
    r"one batch|random sampling|random split|folds"
    r"|(validation of|neural_network|random_forest|profile) .*",
    re.DOTALL,
)


def named_stream(seed, name, number):
    """numpy Generator whose numbers depend on (seed, name, number) and nothing else.

    name: text that says what is drawn. number: of the chain or the member, 0 where there is one.
    Raises TypeError for a name that is no text: 1 and "1" would share a stream.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a stream is a text, not {name!r}")
    digest = hashlib.sha256(name.encode()).digest()
    entropy = [seed, int.from_bytes(digest[:16], "little"), number]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy)))


def profile_stream(profile_id):
    """Name of the streams of a profile: its id. A profile that is called like another stream of the
    workflow, such as "one batch", gets a name that no other has."""
    return f"profile {profile_id}" if OWN_NAMES.fullmatch(profile_id) else profile_id
