"""Label of the default run in tables and figures: its model version or land model run.

The default run is either the matrix model at the default parameters of a CLM version, or the soil
carbon of a land model's history, which may come from any version and case. Its label states which.
"""

from collections.abc import Iterable
from glob import glob
from pathlib import Path

from proda.netcdf import open_netcdf

__all__ = ["history_label"]

CASE_ATTRIBUTES = ("case_id", "case", "case_title")
OTHER_ATTRIBUTES = ("source", "title")
# What CLM writes into these attributes of every history, or where the user gave nothing.
UNINFORMATIVE = {"", "unset", "unknown", "none", "clm history file information"}
MAX_LETTERS = 60


def history_label(paths: Iterable[str | Path]) -> str:
    """Label of a history: its case, else its source or title, else its file name.

    Parameters
    ----------
    paths
        History files or glob patterns, of which the first file that exists is read.

    Raises
    ------
    InputError
        If that file is not netCDF.
    """
    path = _first_file(paths)
    with open_netcdf(path, "land model history") as file:
        present = {name: " ".join(str(file.getncattr(name)).split()) for name in file.ncattrs()}
    known = {name: text for name, text in present.items() if text.lower() not in UNINFORMATIVE}
    for name in CASE_ATTRIBUTES:
        if name in known:
            return f"CLM history (case {_shortened(known[name])})"
    for name in OTHER_ATTRIBUTES:
        if name in known:
            return f"CLM history ({_shortened(known[name])})"
    return f"CLM history (file {_shortened(path.name)})"


def _first_file(paths: Iterable[str | Path]) -> Path:
    patterns = [str(path) for path in paths]
    files = (
        file
        for pattern in patterns
        for file in ([pattern] if Path(pattern).exists() else sorted(glob(pattern)))
    )
    return Path(next(files, patterns[0]))


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else text[: MAX_LETTERS - 1] + "…"
