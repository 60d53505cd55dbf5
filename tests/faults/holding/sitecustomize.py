"""For jobs of a test: stop once, for good, just before a result takes its name.

HOLD_BEFORE lists names of files; HOLD_FOLDER takes a file of that name with the number of the
process that waits to be killed.
"""

import os
import pathlib
import time

_held = os.environ.get("HOLD_BEFORE", "").split()
_replace = pathlib.Path.replace


def _hold(self, target):
    name = pathlib.Path(target).name
    if name in _held:
        sign = pathlib.Path(os.environ["HOLD_FOLDER"]) / name
        if not sign.exists():
            sign.with_suffix(".part").write_text(str(os.getpid()))
            os.rename(sign.with_suffix(".part"), sign)
            time.sleep(600)
    return _replace(self, target)


if _held:
    pathlib.Path.replace = _hold
