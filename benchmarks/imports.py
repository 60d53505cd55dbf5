"""Time to import the model, the inference and the command: python benchmarks/imports.py [--json]

Each in a new process, the best of `--repeats`; of it, numpy and numba by themselves.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from _machine import describe

LIBRARY = Path(__file__).parents[1] / "workflow"
STATEMENTS = {
    "numpy": "import numpy",
    "numba": "import numba",
    "model": "from proda.model import MatrixModel",
    "inference": "import proda.inference.job",
    "command": "import proda.__main__",
}


def seconds(statement: str) -> float:
    """Time that a statement takes in a new process."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(LIBRARY)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    best = {
        name: min(seconds(statement) for _ in range(options.repeats))
        for name, statement in STATEMENTS.items()
    }
    if options.json:
        print(json.dumps({"machine": describe(), "seconds": best}, indent=2))
        return
    for name, value in best.items():
        print(f"{name:10} {value:6.2f} s  {STATEMENTS[name]}")


if __name__ == "__main__":
    main()
