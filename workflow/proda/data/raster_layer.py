"""What the numbers of one variable in one raster file mean."""

from dataclasses import dataclass
from pathlib import Path

from proda.errors import InputError, number_text

__all__ = ["Layer"]

MAX_CLASSES = 1000


@dataclass(frozen=True)
class Layer:
    """One variable in one raster file, and what its numbers mean.

    Attributes
    ----------
    name : str
        Name of the variable, for messages and outputs.
    path : Path
        Any raster GDAL reads (GeoTIFF, netCDF, bil ...).
    valid_min, valid_max : float
        Range in ``unit``, after scale and offset; it must exclude fill values.
    kind : str
        "continuous", or "class" for codes, which are counted and never averaged.
    unit, long_name : str
        Unit after scale and offset, and what the variable is.
    variable : str or None
        Name of the variable in a file that holds several (netCDF).
    band : int or None
        Number of the band, from 1; needed where there are several.
    scale, offset : float
        value = raw * scale + offset.
    missing : tuple of (first, last)
        Ranges of raw codes that mean no data, besides the file's own nodata tag.
    crs : str or None
        Coordinate reference system of a file that states none, as "EPSG:4326".
    whole_numbers : bool
        The product stores whole numbers, which ``scale`` converts to the unit. A fraction in the
        file then shows that it was scaled before, or that it is another version.

    Raises
    ------
    InputError
        For an unknown kind, an empty valid range, and classes that are too many or scaled.
    """

    name: str
    path: Path
    valid_min: float
    valid_max: float
    kind: str = "continuous"
    unit: str = "1"
    long_name: str = ""
    variable: str | None = None
    band: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    missing: tuple[tuple[float, float], ...] = ()
    crs: str | None = None
    whole_numbers: bool = False

    @property
    def where(self) -> str:
        """File and variable, for messages."""
        return f"{self.path}, {self.name}"

    def __post_init__(self) -> None:
        if self.kind not in ("continuous", "class"):
            raise InputError(f"{self.name}, kind", "continuous or class", repr(self.kind))
        if not self.valid_min <= self.valid_max:
            found = f"{self.valid_min} to {self.valid_max}"
            raise InputError(f"{self.name}, valid range", "valid_min <= valid_max", found)
        if self.kind == "class":
            self._check_classes()

    def _check_classes(self) -> None:
        whole = float(self.valid_min).is_integer() and float(self.valid_max).is_integer()
        if not whole or self.valid_max - self.valid_min >= MAX_CLASSES:
            found = f"{number_text(self.valid_min)} to {number_text(self.valid_max)}"
            expected = f"whole numbers that span fewer than {MAX_CLASSES} classes"
            raise InputError(f"{self.name}, valid range", expected, found)
        if (self.scale, self.offset) != (1, 0):
            found = f"scale {number_text(self.scale)}, offset {number_text(self.offset)}"
            raise InputError(f"{self.name}, kind class", "codes as they are", found)
