"""What every job of the workflow needs from its surroundings."""

import os
from pathlib import Path

__all__ = ["share_library"]

LIBRARY = str(Path(__file__).parents[1])


def share_library():
    """Let the jobs of this process import this library, whatever environment they run in."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [LIBRARY, *(path for path in others if path and path != LIBRARY)]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
