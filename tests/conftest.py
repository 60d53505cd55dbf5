"""Settings of all tests: repeatable examples, and a cache of compiled code of their own.

Numba writes the types of arguments into its cache. Targets that only tests define must not get
into the cache of the workflow, where nobody could load them, and a changed target must not meet
the machine code of its former self.
"""

import hashlib
import os
from pathlib import Path

import numba
from hypothesis import settings

from proda import compiled

TARGETS = Path(__file__).parent / "known_targets.py"

digest = hashlib.sha256(compiled._sources_digest().encode() + TARGETS.read_bytes()).hexdigest()
numba.config.CACHE_DIR = str(compiled.PACKAGE.parents[1] / ".cache" / f"tests-{digest[:16]}")

# The same examples on every run; explore with HYPOTHESIS_PROFILE=default.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
