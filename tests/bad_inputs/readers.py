"""The readers of the library for the broken inputs, each as the workflow calls it."""

from functools import cache

import shapely
import yaml

from proda.config.file import check_config_file
from proda.config.keys import build_alternative
from proda.config.sections.forcing import NppSource
from proda.config.sections.references import PlainReference
from proda.config.validation import validate_config
from proda.data.cells import make_cells, read_cells
from proda.data.covariate_table import read_covariate_table
from proda.data.covariates import grid_covariates
from proda.data.downloads.register import read_sources
from proda.data.forcing import load_site_forcing
from proda.data.forcing_sources import npp_on_cells, read_soil
from proda.data.point_stocks import read_point_stocks
from proda.data.profiles import collect_profiles, read_horizons
from proda.data.raster_layer import Layer
from proda.data.references import reference_dataset, reference_stocks
from proda.data.references.wise import unit_stocks
from proda.data.region import Region, read_region
from proda.examples import read_example_columns, run_example_columns
from proda.inference.observations_file import open_observations
from proda.inference.posterior_file import gather

__all__ = ["READERS"]

PLAINS = Region("plains", shapely.box(-100, 40, -98, 41), {})


@cache
def _cells():
    """Two cells of one degree."""
    return make_cells(PLAINS, 1.0)


def _config(path):
    check_config_file(path)
    validate_config(yaml.safe_load(path.read_text(encoding="utf-8-sig")))


def _profiles(form):
    def reader(path, **options):
        ledger = collect_profiles({"format": form, "path": path} | options, PLAINS.contains)
        ledger.require_accepted(path)

    return reader


def _points(path, **options):
    source = {"path": path, "unit": "kg m-2", "top": 0, "bottom": 100} | options
    read_point_stocks(source, "", _cells())


def _covariate(path, **options):
    layer = Layer("BIO1", path, valid_min=-60, valid_max=60, unit="degC", **options)
    grid_covariates([layer], _cells())


def _npp(form, **settings):
    def reader(path):
        source = {"format": form} | settings
        source |= {"file": path} if form == "netcdf" else {"folder": path}
        npp_on_cells(build_alternative(NppSource, source), "", _cells())

    return reader


def _reference(path, unit):
    files = ("stock_30.tif", "stock_100.tif", "stock_200.tif")
    source = PlainReference(format="plain", files=files, unit=unit)
    reference_dataset({"own": reference_stocks(source, path, _cells())}, _cells())


def _observations(path):
    with open_observations(path) as reader:
        reader.observations(0)


READERS = {
    "config": _config,
    "table": _profiles("table"),
    "wosis": _profiles("wosis_2019"),
    "points": _points,
    "region": read_region,
    "covariate_table": lambda path: read_covariate_table(path, "data"),
    "covariate": _covariate,
    "sources": read_sources,
    "example_columns": lambda path: run_example_columns(read_example_columns(path), "clm4.5"),
    "map_units": unit_stocks,
    "clm": lambda path, structure="clm45-10", years=None: read_soil(structure, path, None, years),
    "npp_netcdf": _npp(
        "netcdf", names={"npp_mean": "NPPmean", "npp_min": "NPPmin", "npp_max": "NPPmax"}
    ),
    "npp_rasters": _npp("mod17a3", years=[2000, 2001], min_valid_fraction=0.05),
    "reference": _reference,
    "cells": read_cells,
    "horizons": read_horizons,
    "observations": _observations,
    "site_forcing": load_site_forcing,
    "site_posteriors": lambda path: gather([path], path.parent / "all.nc", (0.1, 0.6), {}),
}
