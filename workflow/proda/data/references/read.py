"""The reference map that a configuration names, by its format."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.references.dataset import DEPTHS_CM
from proda.data.references.plain import plain_stocks
from proda.data.references.soilgrids import soilgrids_stocks
from proda.data.references.wise import wise_stocks
from proda.errors import InputError

__all__ = ["reference_stocks"]


def reference_stocks(
    source: Mapping[str, Any], data_dir: str | Path, cells: Cells, min_valid_fraction: float = 0.0
) -> FloatArray:
    """Stocks of a reference map.

    Parameters
    ----------
    source
        Section of the configuration: ``format`` and, for wise: folder; soilgrids: folder, form,
        resolution; plain: files (one each to 30, 100 and 200 cm), unit, missing (pairs of codes),
        crs.
    data_dir
        Folder that its paths are relative to.
    cells
        Cells of the grid.
    min_valid_fraction
        A cell with a smaller fraction of valid pixels is missing.

    Returns
    -------
    numpy.ndarray
        (3, n) kg m-2 on the cells.

    Raises
    ------
    InputError
        For another format, and as the reader of the format.
    """
    data_dir, form = Path(data_dir), source["format"]
    if form == "wise":
        return wise_stocks(data_dir / source["folder"], cells, min_valid_fraction)
    if form == "soilgrids":
        return soilgrids_stocks(
            data_dir / source["folder"],
            cells,
            source["form"],
            source["resolution"],
            min_valid_fraction,
        )
    if form == "plain":
        files = dict(zip(DEPTHS_CM, (data_dir / file for file in source["files"]), strict=True))
        missing = [tuple(pair) for pair in source["missing"]]
        return plain_stocks(
            files, source["unit"], cells, missing, source["crs"], min_valid_fraction
        )
    raise InputError("reference format", "wise, soilgrids or plain", repr(form))
