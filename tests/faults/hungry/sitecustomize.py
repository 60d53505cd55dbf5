"""For jobs of a test: memory is limited to the mem_mb of the rule, and some rules need a lot.

HUNGRY lists rules and the megabytes their jobs need, as `rule=600`. What a forked job begins with,
the memory of all packages, is not counted.
"""

import os
import pickle
import resource
from pathlib import Path

_hungry = dict(part.split("=") for part in os.environ.get("HUNGRY", "").split())
_loads = pickle.loads


def _loads_and_limits(*args, **options):
    """The first thing a script loads is its job, with the resources that were granted."""
    job = _loads(*args, **options)
    if getattr(job, "rule", None) in _hungry:
        begun = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = begun + job.resources.mem_mb * 10**6
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        bytearray(int(_hungry[job.rule]) * 10**6)
    return job


if _hungry:
    pickle.loads = _loads_and_limits
