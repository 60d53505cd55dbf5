"""The reference map that a configuration names, by its format."""

from pathlib import Path

from proda.arrays import FloatArray
from proda.config.sections.references import (
    PlainReference,
    Reference,
    SoilGridsReference,
    WiseReference,
)
from proda.data.cells import Cells
from proda.data.references.dataset import DEPTHS_CM
from proda.data.references.plain import plain_stocks
from proda.data.references.soilgrids import soilgrids_stocks
from proda.data.references.wise import wise_stocks

__all__ = ["reference_stocks"]


def reference_stocks(source: Reference, data_dir: str | Path, cells: Cells) -> FloatArray:
    """Stocks of a reference map.

    Parameters
    ----------
    source
        Section of the configuration.
    data_dir
        Folder that its paths are relative to.
    cells
        Cells of the grid.

    Returns
    -------
    numpy.ndarray
        (3, n) kg m-2 on the cells, to 30, 100 and 200 cm.

    Raises
    ------
    InputError
        As the reader of the format.
    """
    data_dir, fraction = Path(data_dir), source.min_valid_fraction
    match source:
        case WiseReference():
            return wise_stocks(data_dir / source.folder, cells, fraction)
        case SoilGridsReference():
            folder = data_dir / source.folder
            return soilgrids_stocks(folder, cells, source.form, source.resolution, fraction)
        case PlainReference():
            files = dict(zip(DEPTHS_CM, (data_dir / file for file in source.files), strict=True))
            return plain_stocks(files, source.unit, cells, source.missing, source.crs, fraction)
