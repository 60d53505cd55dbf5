"""The twin's covariates as raster files, coded as in `proda/resources/covariates.csv`.

Codes are rounded as in the real products; everything in the twin that depends on a covariate uses
the rounded value, so the truth depends on what the files hold and on nothing else.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from proda.arrays import Counts, FloatArray, Mask
from proda.data.npp_summary import define_npp_summary
from proda.errors import InputError
from proda.files import atomic_path
from proda.netcdf import create_netcdf
from proda.resources import resource
from proda.twin.lattice import Lattice
from proda.twin.terrain import Terrain

__all__ = ["Coding", "NppRasters", "read_codings", "write_covariates", "write_raster"]

TABLE = resource("covariates.csv")
FLOATING = ("Drought",)  # stored as float32; all others as integers
NPP_NAMES = ("NPPmean", "NPPmax", "NPPmin")
NPP_FOLDER = "mod17a3"
# Codes of MOD17A3 where there is no production.
NPP_SCALE, OCEAN, LAKE, BARE, ICE, BUILT = 0.1, 65535, 65534, 65533, 65532, 65530
IGBP_CODES = {13: BUILT, 15: ICE, 16: BARE}


@dataclass(frozen=True)
class Coding:
    """How one covariate is stored: file below the data folder, scale, codes of missing data."""

    name: str
    file: str
    scale: float
    missing: tuple
    crs: str | None

    @property
    def dtype(self) -> type[np.generic]:
        """Smallest type that the products use for these codes."""
        if self.name in FLOATING:
            return np.float32
        lowest = min(self.missing)
        return np.uint8 if lowest >= 0 else np.int16 if lowest >= -32768 else np.int32

    def encode(self, values: FloatArray, land: Mask) -> np.ndarray:
        """Raw numbers of the file: (rows, columns), missing outside the land."""
        raw = np.asarray(values, float) / self.scale
        if self.name not in FLOATING:
            raw = np.rint(raw)
        return np.where(land, raw, self.missing[0]).astype(self.dtype)

    def decode(self, raw: np.ndarray) -> FloatArray:
        """Values in the unit of the table, NaN where missing."""
        values = raw.astype(float) * self.scale
        return np.where(np.isin(raw, self.missing), np.nan, values)


def read_codings(table: Path = TABLE) -> dict[str, Coding]:
    """Coding of each covariate of the table that is a raster of its own, by name."""
    with Path(table).open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    codings = {}
    for row in rows:
        if row["name"] in NPP_NAMES:
            continue
        if float(row["offset"]):
            raise InputError(f"{table}, {row['name']}, offset", "0", row["offset"])
        missing = tuple(int(code) for code in row["missing"].split())
        codings[row["name"]] = Coding(
            row["name"], row["file"], float(row["scale"]), missing, row["crs"] or None
        )
    return codings


def write_covariates(
    folder: Path,
    lattice: Lattice,
    codings: dict[str, Coding],
    fields: dict[str, np.ndarray],
    land: Mask,
) -> dict[str, FloatArray]:
    """Write every covariate but NPP below a folder and return what a reader gets from them.

    Land cover is written on water too, because there water is a class.

    Parameters
    ----------
    folder, lattice
        Where to write, and the pixels.
    codings
        Coding of each covariate by name.
    fields
        (rows, columns) in the units of the table, by name.
    land
        Pixels of land, (rows, columns).

    Returns
    -------
    dict
        (rows, columns) by name, NaN where missing.
    """
    read_back = {}
    for name, coding in codings.items():
        raw = coding.encode(fields[name], land | (name == "IGBP"))
        write_raster(folder / coding.file, lattice, raw, coding.missing[-1], tagged=not coding.crs)
        read_back[name] = coding.decode(raw)
    return read_back


def write_raster(
    path: Path, lattice: Lattice, raw: np.ndarray, nodata: float, tagged: bool = True
) -> None:
    """Write a one-band GeoTIFF, with its CRS if ``tagged``; or a .bil, which never has one."""
    if path.suffix == ".bil":
        _write_bil(path, lattice, raw, nodata)
        return
    profile = {
        "driver": "GTiff",
        "width": raw.shape[1],
        "height": raw.shape[0],
        "count": 1,
        "dtype": raw.dtype,
        "nodata": nodata,
        "transform": lattice.transform,
        "crs": "EPSG:4326" if tagged else None,
        "compress": "deflate",
    }
    with atomic_path(path) as temporary, rasterio.open(temporary, "w", **profile) as raster:
        raster.write(raw, 1)


def _write_bil(path: Path, lattice: Lattice, raw: np.ndarray, nodata: float) -> None:
    """Signed integers as WorldClim 1.4 gives them: bare bytes and a header of the same name."""
    header = {
        "BYTEORDER": "I",
        "LAYOUT": "BIL",
        "NROWS": raw.shape[0],
        "NCOLS": raw.shape[1],
        "NBANDS": 1,
        "NBITS": 8 * raw.itemsize,
        "PIXELTYPE": "SIGNEDINT",
        "NODATA": nodata,
        "ULXMAP": lattice.lon[0],
        "ULYMAP": lattice.lat[0],
        "XDIM": lattice.resolution,
        "YDIM": lattice.resolution,
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(raw.astype(raw.dtype.newbyteorder("<")).tobytes())
    with atomic_path(path.with_suffix(".hdr")) as temporary:
        temporary.write_text("".join(f"{key:<14}{value}\n" for key, value in header.items()))


class NppRasters:
    """Annual NPP as MOD17A3 stores it (30 arc seconds there, the lattice here).

    Attributes
    ----------
    codes
        (years, rows, columns) uint16.
    values
        What a reader gets, (years, rows, columns) gC m-2 yr-1, NaN where there is none.
    """

    def __init__(self, npp: FloatArray, igbp: Counts, terrain: Terrain, first_year: int) -> None:
        code = np.full(igbp.shape, OCEAN)
        code[terrain.lake] = LAKE
        for igbp_class, npp_code in IGBP_CODES.items():
            code[terrain.land & (igbp == igbp_class)] = npp_code
        valid = np.isfinite(npp) & terrain.land
        raw = np.where(valid, np.rint(np.nan_to_num(npp) / NPP_SCALE), code)
        self.codes = raw.astype(np.uint16)
        self.values = np.where(valid, self.codes * NPP_SCALE, np.nan)
        self.valid: Mask = np.asarray(valid.all(axis=0))
        self.first_year = first_year

    def summary(self) -> dict[str, FloatArray]:
        """NPPmean, NPPmax and NPPmin of the years, dict of (rows, columns)."""
        years = self.values
        statistics = (np.mean(years, axis=0), np.max(years, axis=0), np.min(years, axis=0))
        return dict(zip(NPP_NAMES, statistics, strict=True))

    def write(self, folder: Path, lattice: Lattice) -> None:
        """One GeoTIFF per year, the first without its CRS as met in the wild, and the summary."""
        for i, codes in enumerate(self.codes):
            path = folder / NPP_FOLDER / f"MOD17A3_Science_NPP_{self.first_year + i}.tif"
            write_raster(path, lattice, codes, OCEAN, tagged=i > 0)
        with (
            atomic_path(folder / NPP_FOLDER / "npp.nc") as path,
            create_netcdf(path) as data,
        ):
            layers = define_npp_summary(data, lattice.lon, lattice.lat, {"source": "twin world"})
            for name, values in self.summary().items():
                layers[name][:] = values
