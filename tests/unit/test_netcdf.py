"""NetCDF files that a full disk or a broken copy has cut off, and such that cannot be locked."""

import errno
import fcntl
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from clm_files import field, write_history, year_bounds
from learning_cases import MODEL, world_and_splits
from proda.data.land_model.history import History
from proda.data.npp import read_npp_netcdf
from proda.data.raster_layer import Layer
from proda.data.rasters import sample_raster
from proda.data.references import read_references
from proda.errors import InputError
from proda.evaluation.parameter_means import cell_means, profile_means, site_estimates
from proda.learning.draws import join_folds
from proda.netcdf import create_netcdf, load_netcdf, open_netcdf, write_netcdf
from proda.parameters.draws import open_draws
from proda.parameters.random_sampling import read_modes
from proda.projection.files import read_grid_projection, read_sites_projection
from proda.projection.inputs import load_sites
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
    "folds": lambda path: join_folds([path] * FOLDS, SPLITS, path.with_name("t.nc"), MODEL),
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


# --- locks ---------------------------------------------------------------------------------------

PACKAGE = Path(__file__).parents[2] / "workflow"
OPENERS = {
    "open": lambda path: open_netcdf(path, "test"),
    "load": lambda path: load_netcdf(path, "test"),
    "history": History,
    "npp": read_npp_netcdf,
    "raster": lambda path: sample_raster(Layer("v", path, 0, 9, variable="v"), [0], [0]),
    "create": create_netcdf,
    "write": lambda path: write_netcdf(xr.Dataset({"v": 1.0}), path),
}


@pytest.fixture
def locked(tmp_path):
    """A netCDF file that another program writes."""
    path = tmp_path / "locked.nc"
    xr.Dataset({"v": ("x", [1.0])}).to_netcdf(path)
    with open(path, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path


@pytest.mark.parametrize("opener", OPENERS)
def test_a_file_that_cannot_be_locked_names_the_switch(locked, opener):
    message = r"locked.nc: expected a file that can be locked .*EAGAIN.*HDF5_USE_FILE_LOCKING=FALSE"
    with pytest.raises(InputError, match=message):
        OPENERS[opener](locked)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_names_the_switch(locked, number, monkeypatch):
    def refuse(*_):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    name = errno.errorcode[number]
    message = rf"expected a file that HDF5 can lock, found {name}: .*HDF5_USE_FILE_LOCKING=FALSE"
    for opener in OPENERS.values():
        with pytest.raises(InputError, match=message):
            opener(locked)


def test_without_locking_other_faults_show(tmp_path, monkeypatch):
    path = tmp_path / "h.nc"
    write_history(path, {"NPP": field([1e-5])}, year_bounds(1))
    monkeypatch.setattr(fcntl, "flock", lambda *_: pytest.fail("the file was whole"))
    History(path)
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "FALSE")
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(90))
    with pytest.raises(InputError, match=r"h.nc: expected a whole netCDF file of test"):
        open_netcdf(path, "test")
    with pytest.raises(OSError, match="nowhere"):
        create_netcdf(tmp_path / "nowhere" / "a.nc")


def test_all_files_are_opened_in_one_place():
    for path in PACKAGE.rglob("*.py"):
        if path.name != "netcdf.py":
            calls = r"netCDF4\.Dataset\(|xr\.(open|load)_dataset|\.to_netcdf\(|h5py\.File"
            assert not re.search(calls, path.read_text()), path
