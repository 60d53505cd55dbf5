"""Broken rasters: covariates on the grid, annual production, maps of stocks."""

import numpy as np
import rasterio

from bad_inputs.case import Case
from raster_files import write_raster

WEST, NORTH, PIXEL = -101.0, 42.0, 0.5
SHAPE = 6, 10  # north to south, west to east; around the cells of readers.CELLS
RAMP = np.arange(60, dtype=np.float32).reshape(SHAPE)


def write_map(path, data=RAMP, west=WEST, north=NORTH, pixel=PIXEL, nodata=-9999, **options):
    """Write a small map; nodata as far as the type of the numbers can hold it."""
    nodata = nodata if np.can_cast(np.min_scalar_type(nodata or 0), data.dtype) else None
    write_raster(path, data, west, north, pixel, nodata=nodata, **options)


def _cut(path):
    """Large enough that the header survives the loss of the last pixels."""
    write_map(path, np.arange(24 * 40, dtype=np.float32).reshape(24, 40) / 20, pixel=0.125)
    path.write_bytes(path.read_bytes()[:-2000])


def _palette(path):
    write_map(path, RAMP.astype(np.uint8), nodata=None)
    with rasterio.open(path, "r+") as raster:
        raster.write_colormap(1, {code: (code, 255 - code, 0, 255) for code in range(60)})


def _covariate(name, write, *expect, **options):
    if not callable(write):
        arguments = write
        return _covariate(name, lambda path: write_map(path, **arguments), *expect, **options)
    return Case(f"{name}.tif", "covariate", expect, write, options)


COVARIATES = [
    _covariate(
        "no_crs",
        {"crs": None},
        "no_crs.tif, BIO1: expected a coordinate reference system, found none in the file",
        "declare `crs`",
    ),
    _covariate(
        "crs_in_metres",
        {"crs": "EPSG:5070"},
        "crs_in_metres.tif, BIO1: expected coordinates in metre, as its crs says",
        "found x -101 to -96, y 39 to 42",
        "wrong crs?",
    ),
    _covariate(
        "metres_as_degrees",
        {"west": -5e5, "north": 2e6, "pixel": 1e4},
        "metres_as_degrees.tif, BIO1: expected coordinates in degrees, as its crs says",
    ),
    _covariate(
        "elsewhere",
        {"west": 10.0, "north": 52.0},
        "elsewhere.tif, BIO1: expected a covariate with data in the region",
        "found missing at all 2 grid cells",
        "check file and region",
    ),
    _covariate(
        "fill_not_declared",
        {"data": np.where(RAMP == 25, -9999, RAMP), "nodata": None},
        "fill_not_declared.tif, BIO1: expected values in [-60, 60] degC",
        "found raw number -9999.0",
        "declare it under `missing`",
    ),
    _covariate(
        "tenths_of_degrees",
        {"data": RAMP * 10},
        "tenths_of_degrees.tif, BIO1: expected values in [-60, 60] degC",
        "correct scale, offset",
    ),
    _covariate(
        "scale_in_the_tags",
        {"data": RAMP, "scale": 0.1},
        "scale_in_the_tags.tif, BIO1: expected scale and offset of the file's own tags, 0.1 and 0",
        "found 1 and 0 declared",
    ),
    _covariate(
        "all_missing",
        {"data": np.full(SHAPE, np.nan, np.float32)},
        "all_missing.tif, BIO1: expected a covariate with data in the region, found missing",
    ),
    _covariate(
        "classes_as_numbers",
        _palette,
        "classes_as_numbers.tif, BIO1: expected numbers, because its kind is continuous",
        "found a table of colours for classes",
    ),
    _covariate(
        "numbers_as_classes",
        {"data": RAMP / 4},
        "numbers_as_classes.tif, BIO1: expected whole numbers, because it holds codes",
        "found 5.5",
        kind="class",
    ),
    _covariate(
        "two_bands",
        {"data": np.stack([RAMP, RAMP])},
        "two_bands.tif, BIO1: expected the number of one `band`, found 2 bands",
    ),
    _covariate(
        "cut_off",
        _cut,
        "cut_off.tif, BIO1: expected a raster that can be read to its end",
        "found",
        "fetch it again",
    ),
    _covariate(
        "a_web_page",
        lambda path: path.write_text("<!DOCTYPE html><title>Sign in</title>\n"),
        "a_web_page.tif, BIO1: expected a raster GDAL can read, found",
    ),
    _covariate(
        "missing",
        lambda path: None,
        "missing.tif, BIO1: expected a raster file, found no such file",
    ),
]

# --- annual net primary production (MOD17A3) ----------------------------------------------------

NPP = (4000 + 10 * RAMP).astype(np.uint16)


def write_years(folder, changed=None):
    """Write the years 2000 and 2001; ``changed`` takes the path of the second instead."""
    folder.mkdir()
    for year in (2000, 2001):
        path = folder / f"MOD17A3_Science_NPP_{year}.tif"
        (changed if year == 2001 and changed else write_map)(path, NPP, nodata=None)


def _npp(name, changed, *expect):
    return Case(name, "npp_rasters", expect, lambda folder: write_years(folder, changed))


NPP_RASTERS = [
    _npp(
        "year_missing",
        lambda path, data, **_: None,
        "year_missing: expected a raster for each year 2000-2001",
        "found without MOD17A3_Science_NPP_2001.tif",
    ),
    _npp(
        "other_extent",
        lambda path, data, **_: write_map(path, data, west=WEST - 1, nodata=None),
        "NPP_2001.tif: expected the extent of the other years, found another extent",
    ),
    _npp(
        "already_scaled",
        lambda path, data, **_: write_map(path, data * np.float32(0.1)),
        "NPP_2001.tif: expected one band of uint16 digital numbers, found 1 band(s) of float32",
    ),
    _npp(
        "projected",
        lambda path, data, **_: write_map(path, data, crs="EPSG:5070", nodata=None),
        "NPP_2001.tif: CRS: expected EPSG:4326 (longitude, latitude), found EPSG:5070",
    ),
    _npp(
        "cut_off",
        lambda path, data, **_: (write_map(path, data, nodata=None), path.write_bytes(
            path.read_bytes()[:-40]
        )),
        "NPP_2001.tif: expected a raster that can be read to its end",
        "fetch it again",
    ),
]  # fmt: skip

# --- maps of stocks, Mg ha-1 to 30, 100 and 200 cm ----------------------------------------------

STOCKS = {30: 60, 100: 110, 200: 150}


def write_stocks(folder, depth=None, **change):
    """Write the three maps; ``change`` applies to the one to ``depth``, or to all for None."""
    folder.mkdir()
    for own, stock in STOCKS.items():
        options = change if depth in (own, None) else {}
        options = {"data": np.full(SHAPE, stock, np.int16)} | options
        write_map(folder / f"stock_{own}.tif", **options)


def _stocks(name, expect, unit="Mg ha-1", **change):
    return Case(
        name, "reference", expect, lambda folder: write_stocks(folder, **change), {"unit": unit}
    )


REFERENCES = [
    _stocks(
        "megagrams_as_kilograms",
        ("reference own: expected a mean stock of 0.05 to 30 kg m-2 to 30 cm, found 60 kg m-2",
         "is `unit` right?"),
        unit="kg m-2",
    ),
    _stocks(
        "megagrams_as_grams",
        ("reference own: expected a mean stock of 0.05 to 30 kg m-2 to 30 cm",
         "is `unit` right?"),
        unit="g m-2",
        data=np.full(SHAPE, 12, np.int16),
    ),
    _stocks(
        "intervals",
        ("reference own: expected stocks from the surface, which cannot fall with depth",
         "found means 6, 11, 4 kg m-2",
         "stocks of single intervals"),
        depth=200,
        data=np.full(SHAPE, 40, np.int16),
    ),
    _stocks(
        "elsewhere",
        ("reference own: expected stocks on the cells",
         "found no cell with all depths, cells with 30 cm: 2, 100 cm: 0"),
        depth=100,
        west=10.0,
    ),
    _stocks(
        "fill_not_declared",
        ("stock_30.tif, stock to 30 cm: expected values in [0, 1000] kg m-2",
         "found raw number -32767"),
        depth=30,
        data=np.where(RAMP == 25, -32767, 60).astype(np.int16),
        nodata=None,
    ),
]  # fmt: skip

CASES = COVARIATES + NPP_RASTERS + REFERENCES
