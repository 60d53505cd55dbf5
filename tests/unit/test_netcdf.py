"""Files of the workflow that a full disk or a broken copy has cut off."""

import numpy as np
import pytest
import xarray as xr

from learning_cases import MODEL, world_and_splits
from proda.data.references import read_references
from proda.errors import InputError
from proda.evaluation.parameter_means import cell_means, profile_means, site_estimates
from proda.inference.one_batch import join_chains
from proda.learning.gather import gather_blocks, gather_random
from proda.projection.draws import open_draws
from proda.projection.files import read_grid_projection, read_sites_projection
from proda.projection.inputs import load_sites
from proda.projection.random_sampling import read_modes
from projection_files import cut_off

DATA, SPLITS = world_and_splits()
FOLDS = len(SPLITS.names) - 1

READERS = {
    "projection to the grid": read_grid_projection,
    "projection to the sites": read_sites_projection,
    "references": read_references,
    "draws": lambda path: open_draws(path, MODEL),
    "means at profiles": lambda path: profile_means(path, MODEL, []),
    "means on cells": lambda path: cell_means(path, MODEL, DATA.cells),
    "estimates": lambda path: site_estimates(path, [], "mean", []),
    "modes": lambda path: read_modes(path, [], []),
    "observations": lambda path: load_sites(path, path),
    "chains": lambda path: join_chains([path], path.with_name("t.nc"), MODEL, None, {}),
    "random split": lambda path: gather_random(path, DATA.cells, path.with_name("t.nc"), MODEL),
    "folds": lambda path: gather_blocks([path] * FOLDS, SPLITS, path.with_name("t.nc"), MODEL),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_a_file_that_is_cut_off_is_named_with_what_to_do(tmp_path, reader):
    path = tmp_path / "file.nc"
    xr.Dataset({"soc": ("place", np.arange(1000.0))}).to_netcdf(path)
    message = r"file\.nc: expected a whole netCDF file of .* \(remove it, and the workflow makes it"
    with pytest.raises(InputError, match=message):
        reader(cut_off(path))


def test_no_references_are_no_file():
    assert read_references([]) is None
