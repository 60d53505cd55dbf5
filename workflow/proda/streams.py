"""Named streams of random numbers, so that no result depends on what else is drawn."""

import hashlib
import re

import numpy as np

__all__ = ["named_stream", "profile_stream"]

# Names of the workflow's own streams, and the prefix of profiles that have such a name. Those of
# learners are not read from the register of methods, whose labels are no part of the fits' code; a
# test compares the two.
OWN_NAMES = re.compile(
    r"one batch|mean over places|random sampling|random split|folds|predictive check|applicability"
    r"|(validation of|applicability of|learning curve|neural_network|random_forest|hybrid"
    r"|direct_network|direct_forest|profile) .*",
    re.DOTALL,
)


def named_stream(seed: int, name: str, number: int) -> np.random.Generator:
    """Return a generator whose numbers depend on (seed, name, number) only.

    Parameters
    ----------
    seed
        Of the run.
    name
        Describes what is drawn.
    number
        Of the chain or ensemble member; 0 where there is only one.

    Raises
    ------
    TypeError
        For a name that is not a string: 1 and "1" would share a stream.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a stream is a string, not {name!r}")
    digest = hashlib.sha256(name.encode()).digest()
    entropy = [seed, int.from_bytes(digest[:16], "little"), number]
    return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(entropy)))


def profile_stream(profile_id: str) -> str:
    """Return the name of the streams of a profile: its id.

    A profile whose id is the name of another stream, such as "one batch", gets a unique name.
    """
    return f"profile {profile_id}" if OWN_NAMES.fullmatch(profile_id) else profile_id
