"""Write the corpus of broken inputs, tests/data/bad, and its index.

    python tests/make_bad_inputs.py

The same files, byte for byte, on every run.
"""

import shutil
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("workflow", "tests", "tests/support")]

from bad_inputs import configs, fields, rasters, regions, registers, tables, written  # noqa: E402

BAD = ROOT / "tests" / "data" / "bad"
INDEX = "index.yaml"
CASES = [
    case
    for module in (configs, tables, written, registers, regions, rasters, fields)
    for case in module.CASES
]


def write_corpus(folder):
    """Write all cases and the index below ``folder``."""
    index = []
    for case in CASES:
        path = folder / case.path
        path.parent.mkdir(parents=True, exist_ok=True)
        case.write(path)
        entry = {"path": case.path, "reader": case.reader, "expect": list(case.expect)}
        index.append(entry | ({"options": case.options} if case.options else {}))
    text = yaml.safe_dump(index, sort_keys=False, allow_unicode=True, width=100)
    (folder / INDEX).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    shutil.rmtree(BAD, ignore_errors=True)
    write_corpus(BAD)
    print(f"{len(CASES)} broken inputs in {BAD.relative_to(ROOT)}")
