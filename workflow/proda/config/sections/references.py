"""The section `references`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.config.keys import Limits, Text
from proda.config.sections.covariates import MinValidFraction

__all__ = ["PlainReference", "Reference", "SoilGridsReference", "StockUnit", "WiseReference"]

StockUnit = Literal["kg m-2", "g m-2", "Mg ha-1", "t ha-1"]
_Code = Annotated[float, Limits(minimum=-1.7e308, maximum=1.7e308)]


@dataclass(frozen=True, kw_only=True)
class WiseReference:
    """Stocks of WISE30sec."""

    format: Annotated[Literal["wise"], "WISE30sec version 1."]
    folder: Annotated[Text, "Folder of the unpacked files."]
    min_valid_fraction: MinValidFraction = 0


@dataclass(frozen=True, kw_only=True)
class SoilGridsReference:
    """Stocks of SoilGrids."""

    format: Annotated[Literal["soilgrids"], "Stocks OCSTHA of SoilGrids250m 2017."]
    folder: Annotated[Text, "Folder of the files."]
    form: Annotated[
        Literal["intervals", "cumulative"],
        "Whether the files hold stocks of single depth intervals or from the surface down.",
    ] = "intervals"
    resolution: Annotated[Text, "Resolution, as written in the file names."] = "250m"
    min_valid_fraction: MinValidFraction = 0


@dataclass(frozen=True, kw_only=True)
class PlainReference:
    """Rasters of stocks."""

    format: Annotated[Literal["plain"], "Rasters of the stock from the surface down."]
    files: Annotated[tuple[Text, Text, Text], "The rasters to 30, 100 and 200 cm."]
    unit: Annotated[StockUnit, "Unit of the stocks."]
    missing: Annotated[
        tuple[tuple[_Code, _Code], ...],
        Limits(max_items=1000),
        "Ranges of codes that denote missing data, [first, last] each, in addition to the files' "
        "nodata values.",
    ] = ()
    crs: Annotated[Text | None, "Coordinate reference system of files that do not declare one."] = (
        None
    )
    min_valid_fraction: MinValidFraction = 0


Reference = WiseReference | SoilGridsReference | PlainReference
