"""What netCDF files and rasters in a folder are: history of a land model, NPP, covariates, maps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import RasterioError

from proda.data.codes import is_code
from proda.data.covariate_table import KNOWN, read_covariate_table
from proda.data.land_model.field_table import FIELDS
from proda.errors import InputError
from proda.model.structures import STRUCTURES, STUDY, get_structure
from proda.netcdf import open_netcdf

__all__ = ["RASTER_ENDINGS", "Covariate", "Fields", "guess_fields"]

RASTER_ENDINGS = (".tif", ".tiff", ".bil", ".vrt", ".img", ".asc")
"""Endings of names of rasters, besides netCDF."""

_LATITUDES, _LONGITUDES = ("lat", "latitude", "y"), ("lon", "longitude", "x")
_NPP = {
    "npp_mean": r".*npp.*mean.*|.*mean.*npp.*",
    "npp_min": r".*npp.*min.*|.*min.*npp.*",
    "npp_max": r".*npp.*max.*|.*max.*npp.*",
}
_STOCK = r"socs?|ocs\w*|stocks?|carbon"
_DEPTHS = ("30", "100", "200")
_WISE, _SOILGRIDS = "wise_30sec_v1.tif", r"OCSTHA_M_(sd\d|\d+cm)_250m_ll\.tif"
_MOD17 = r"MOD17A3_Science_NPP_(\d{4})\.tif"
_MOST_CLASSES = 60
_NEVER = -9998  # no covariate is that small; common codes are
_SAMPLE = 256  # pixels in each direction
# Larger means of the stock to 30 cm, kg m-2, are in another unit (50 is a metre of dense peat).
_LARGEST_MEAN = 30.0
# Between these it may be kg m-2 of rich soils or Mg ha-1 of poor ones.
_UNCERTAIN_MEAN = (15.0, 45.0)


@dataclass(frozen=True)
class Covariate:
    """A covariate of a raster.

    Attributes
    ----------
    name
        In the configuration.
    file
        Below the folder.
    variable, band
        Of a file that holds several.
    kind
        "continuous" or "class".
    unit
        Of the file; empty if it states none.
    reason
        Why it is of this kind.
    missing
        A code for missing values that the file does not declare, or None.
    crs
        Reference system to assume; None if the file states one.
    """

    name: str
    file: str
    variable: str | None
    kind: str
    unit: str
    reason: str
    band: int | None = None
    missing: float | None = None
    crs: str | None = None


@dataclass
class Fields:
    """What was recognised, with paths below the folder.

    Attributes
    ----------
    history
        Files of the land model's history.
    variables
        Names of the variables in them.
    structure
        Structure whose fields the history serves best, and the fields that it lacks.
    npp
        Keys of the section ``forcing.npp``, or None.
    covariates
        Covariates.
    known
        Names of those of the bundled table whose files lie where it has them.
    references
        Keys of reference maps by name.
    doubts
        Remarks by what they concern, for the user to confirm.
    """

    history: list[str] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    structure: str = STUDY
    lacking: list[str] = field(default_factory=list)
    npp: dict[str, Any] | None = None
    covariates: list[Covariate] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    references: dict[str, dict[str, Any]] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)


def guess_fields(folder: Path, paths: Sequence[Path]) -> Fields:
    """Recognise netCDF files and rasters by their variables and names.

    Parameters
    ----------
    folder
        Folder of the data.
    paths
        Files below it.
    """
    found, bundled = Fields(), read_covariate_table(KNOWN, folder)
    known = {layer.name: layer.kind for layer in bundled}
    found.known = [layer.name for layer in bundled if layer.path in set(paths)]
    maps: list[Path] = []
    for path in paths:
        if _is_product(found, folder, path):
            continue
        if path.suffix.lower() in (".nc", ".nc4", ".cdf"):
            _netcdf(found, folder, path, known)
        elif match := re.fullmatch(_MOD17, path.name):
            _annual(found, folder, path, int(match[1]))
        elif path.suffix.lower() in RASTER_ENDINGS:
            maps.append(path)
    for path in _without_references(found, folder, maps):
        _raster(found, folder, path, known)
    if found.history:
        _choose_structure(found)
    if found.npp is None and "NPP" in found.variables:
        found.npp = {"format": "clm"}
    return found


def _is_product(found: Fields, folder: Path, path: Path) -> bool:
    """Whether a raster is one of the maps of stocks of WISE30sec or SoilGrids, which it notes."""
    where = path.parent.relative_to(folder)
    if path.name == _WISE:
        top = where.parts[0] if where.parts else "."
        found.references["WISE30sec"] = {"format": "wise", "folder": top}
        return True
    if match := re.fullmatch(_SOILGRIDS, path.name):
        form = "intervals" if match[1].startswith("sd") else "cumulative"
        keys = {"format": "soilgrids", "folder": where.as_posix(), "form": form}
        found.references["SoilGrids250m"] = keys
        return True
    return False


def _netcdf(found: Fields, folder: Path, path: Path, known: dict[str, str]) -> None:
    name = path.relative_to(folder).as_posix()
    try:
        with open_netcdf(path, "fields") as data:
            flat: dict[str, netCDF4.Variable] = {}
            fields = {field for known_field in FIELDS.values() for field in known_field.names}
            if fields & data.variables.keys():
                found.history.append(name)
                found.variables |= set(data.variables)
                return
            for variable in data.variables.values():
                dims = [d.lower() for d in variable.dimensions if len(data.dimensions[d]) > 1]
                on_map = len(dims) == 2 and dims[0] in _LATITUDES and dims[1] in _LONGITUDES
                if on_map and np.issubdtype(variable.dtype, np.number):
                    flat[variable.name] = variable
            names = {
                key: next((n for n in flat if re.fullmatch(pattern, n.lower())), None)
                for key, pattern in _NPP.items()
            }
            if all(names.values()) and found.npp is None:
                found.npp = {"format": "netcdf", "file": name, "names": names}
            for variable in flat.values():
                values = np.ma.filled(np.ma.asarray(variable[:]).astype(float), np.nan)
                unit = str(getattr(variable, "units", ""))
                classed = hasattr(variable, "flag_values") or unit == "class"
                stated = data[variable.name].ncattrs()
                crs = None if "grid_mapping" in stated else "EPSG:4326"
                found.covariates.append(
                    _covariate(
                        variable.name, name, variable.name, values, unit, known, classed, crs
                    )
                )
    except (InputError, OSError, RuntimeError):
        found.doubts[name] = "no netCDF file that can be read"


def _raster(found: Fields, folder: Path, path: Path, known: dict[str, str]) -> None:
    file = path.relative_to(folder).as_posix()
    try:
        with rasterio.open(path) as raster:
            shape = (min(raster.height, _SAMPLE), min(raster.width, _SAMPLE))
            for band in range(1, raster.count + 1):
                sample = raster.read(band, out_shape=shape, masked=True)
                values = np.ma.filled(sample.astype(float), np.nan)
                name = path.stem if raster.count == 1 else f"{path.stem}_{band}"
                crs = None if raster.crs else "EPSG:4326"
                one = _covariate(
                    name, file, None, values, str(raster.units[band - 1] or ""), known, False, crs,
                    band if raster.count > 1 else None,
                )  # fmt: skip
                found.covariates.append(one)
                if crs:
                    found.doubts[name] = "the file states no reference system"
    except (RasterioError, OSError):
        found.doubts[file] = "no raster that can be read"


def _covariate(
    name: str,
    file: str,
    variable: str | None,
    values: npt.NDArray[np.float64],
    unit: str,
    known: dict[str, str],
    classed: bool,
    crs: str | None,
    band: int | None = None,
) -> Covariate:
    """A covariate whose kind follows from its name, its attributes or its values."""
    there = values[np.isfinite(values)]
    code = None
    if there.size and there.min() < _NEVER and is_code(there.min()):
        code = float(there.min())
        there = there[there != code]
    whole = bool(there.size and (there == np.round(there)).all())
    few = np.unique(there).size <= _MOST_CLASSES
    text = re.sub(r"[^0-9A-Za-z._-]", "_", name)
    if text in known:
        kind, reason = known[text], "as the covariate of that name in covariates.csv"
    elif classed:
        kind, reason = "class", "the file calls its values classes"
    elif whole and few:
        kind, reason = "class", f"{np.unique(there).size} whole numbers; or is it a quantity?"
    else:
        kind, reason = "continuous", "values of many sizes"
    stated = "" if unit in ("class", "1") else unit
    return Covariate(text, file, variable, kind, stated, reason, band, code, crs)


def _annual(found: Fields, folder: Path, path: Path, year: int) -> None:
    where = path.parent.relative_to(folder).as_posix()
    if found.npp is None or found.npp["format"] != "mod17a3":
        found.npp = {"format": "mod17a3", "folder": where, "years": [year, year]}
    years = found.npp["years"]
    found.npp["years"] = [min(years[0], year), max(years[1], year)]


def _without_references(found: Fields, folder: Path, maps: Sequence[Path]) -> list[Path]:
    """Rasters that are not among three maps of stocks to 30, 100 and 200 cm."""
    groups: dict[str, dict[str, Path]] = {}
    for path in maps:
        numbers = re.findall(r"\d+", path.stem)
        depth = next((d for d in reversed(_DEPTHS) if d in numbers), None)
        if depth and re.search(_STOCK, path.stem.lower()):
            stem = re.sub(rf"(?<!\d){depth}(?!\d)", "#", path.stem)
            groups.setdefault(str(path.with_name(stem)), {})[depth] = path
    used: set[Path] = set()
    for group in groups.values():
        if group.keys() == set(_DEPTHS):
            name = re.sub(r"[^0-9A-Za-z]", "", group["30"].stem.split("30")[0]) or "map"
            mean = _mean(group["30"])
            unit = "g m-2" if mean > 1000 else "Mg ha-1" if mean > _LARGEST_MEAN else "kg m-2"
            files = [group[depth].relative_to(folder).as_posix() for depth in _DEPTHS]
            found.references[name] = {"format": "plain", "files": files, "unit": unit}
            if _UNCERTAIN_MEAN[0] < mean < _UNCERTAIN_MEAN[1]:
                found.doubts[f"references.{name}.unit"] = f"the mean to 30 cm is {mean:.3g}"
            used |= set(group.values())
    return [path for path in maps if path not in used]


def _mean(path: Path) -> float:
    with rasterio.open(path) as raster:
        shape = (min(raster.height, _SAMPLE), min(raster.width, _SAMPLE))
        return float(np.ma.mean(raster.read(1, out_shape=shape, masked=True)))


def _choose_structure(found: Fields) -> None:
    """Choose the structure of which the history lacks the fewest fields; the study's of equals."""
    lacking = {
        name: [
            source
            for land in (get_structure(name).land_model,)
            for one in land.without_litter_inputs().fields
            for source in one.sources
            if not one.optional and not set(FIELDS[source].names) & found.variables
        ]
        for name in sorted(STRUCTURES, key=lambda name: name != STUDY)
    }
    found.structure = min(lacking, key=lambda name: len(lacking[name]))
    found.lacking = lacking[found.structure]
