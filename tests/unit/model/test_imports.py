"""The model is light: what it imports, measured in an interpreter of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).parents[3] / "workflow"
HEAVY = (
    "tensorflow",
    "keras",
    "snakemake",
    "pandas",
    "xarray",
    "matplotlib",
    "rasterio",
    "sklearn",
)


@pytest.mark.parametrize("module", ["proda.model", "proda.model.table", "proda.model.default_runs"])
def test_the_model_imports_no_heavy_package(module):
    code = (
        f"import sys; import {module}; from proda.model import MatrixModel\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=WORKFLOW, capture_output=True, text=True, check=True
    )
    loaded = set(run.stdout.split())
    assert {"proda", "numpy", "numba"} <= loaded
    assert not loaded & set(HEAVY)
