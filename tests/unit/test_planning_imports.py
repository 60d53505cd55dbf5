"""A start of Snakemake, be it a dry run, imports nothing that only jobs need."""

import re
import subprocess
import sys

from proda.compiled import PACKAGE

# Each of them takes longer to import than all the rules take to read.
OF_JOBS = {"matplotlib", "rasterio", "scipy.stats", "shapely", "sklearn", "tensorflow", "xarray"}
# Not those within functions, which import when they are called.
IMPORT = re.compile(r"^from proda\S* import (?:\([^)]*\)|.*)", re.MULTILINE)


def test_rules_import_no_package_of_the_jobs():
    rules = sorted((PACKAGE.parent / "rules").glob("*.smk"))
    statements = [found for path in rules for found in IMPORT.findall(path.read_text())]
    assert "from proda.workflow_state.planning import guard" in statements
    code = "\n".join([*statements, "import sys", f"print(*({OF_JOBS!r} & sys.modules.keys()))"])
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == []
