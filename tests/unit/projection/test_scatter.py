"""Median and mean over the scatter between places about one parameter set."""

import netCDF4
import numpy as np
import pytest
import rasterio

from proda.errors import InputError
from proda.parameters.draws import write_draws
from proda.projection.apply import project_grid, project_sites
from proda.projection.export import export_stocks
from proda.projection.files import read_grid_projection, read_sites_projection
from proda.projection.forward import project
from proda.projection.scatter import read_scatter
from proda.projection.soc import GivenSoc
from projection_cases import forcing_of, make_cells, write_grid_inputs, write_site_inputs
from site_cases import MODEL, random_theta

IDS = ["3", "17"]
CELLS = make_cells(land=0.6)
DRAWS = 20
FACTOR = np.linspace(1.05, 1.3, DRAWS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Inputs of two profiles and six cells, and draws for all of them."""
    folder, rng = tmp_path_factory.mktemp("scatter"), np.random.default_rng(1)
    write_site_inputs(folder, IDS, forcing_of(rng, 2), rng)
    write_grid_inputs(folder, CELLS, forcing_of(rng, 6), (4,))
    write_draws(folder / "fixed.nc", MODEL, theta=random_theta(rng, DRAWS))
    return folder


def with_errors(folder, target, axes=("draw",), factor=True, **attributes):
    """The draws with an estimated relative error each, and the mean of places over their median."""
    target.write_bytes((folder / "fixed.nc").read_bytes())
    with netCDF4.Dataset(target, "a") as file:
        if "profile" in axes:
            file.createDimension("profile", 2)
        shape = [file.dimensions[axis].size for axis in axes]
        variable = file.createVariable("relative_error", "f8", axes)
        variable[:] = np.broadcast_to(np.linspace(0.4, 0.9, DRAWS), shape)
        variable.setncatts(attributes)
        if factor:
            file.createVariable("mean_over_median", "f8", ("draw",))[:] = FACTOR
    return target


def scatter_of(path):
    with netCDF4.Dataset(path) as file:
        return read_scatter(path, file)


@pytest.mark.parametrize(
    ("error_model", "median"),
    [
        ("lognormal", True),
        ("student_t", True),
        ("lognormal_mean", False),
        ("gamma", False),
        ("relative", False),
    ],
)
def test_only_medians_have_a_scatter(folder, tmp_path, error_model, median):
    path = with_errors(folder, tmp_path / "d.nc", error_model=error_model)
    found = scatter_of(path)
    assert (found is not None) == median
    if median:
        np.testing.assert_array_equal(found, FACTOR)


def test_errors_of_profiles_about_their_own_parameters_are_no_scatter(folder, tmp_path):
    path = with_errors(folder, tmp_path / "d.nc", ("profile", "draw"))
    assert scatter_of(path) is None and scatter_of(folder / "fixed.nc") is None


def test_draws_that_do_not_state_their_error_model_are_rejected(folder, tmp_path):
    path = with_errors(folder, tmp_path / "d.nc")
    with pytest.raises(InputError, match=r"d\.nc, relative_error: .*attribute error_model.*older"):
        scatter_of(path)


def test_medians_without_the_mean_over_places_are_rejected(folder, tmp_path):
    path = with_errors(folder, tmp_path / "d.nc", factor=False, error_model="lognormal")
    with pytest.raises(InputError, match=r"d\.nc: .*variable mean_over_median.*older"):
        scatter_of(path)


def test_a_factor_for_every_draw_is_required():
    with pytest.raises(InputError, match="factor of the scatter"):
        project(GivenSoc(np.ones((1, 10))), MODEL.grid, scatter=np.ones(2))


def test_projections_hold_median_and_mean(folder, tmp_path):
    """Draw by draw: the factor belongs to the draw, not to the mean of the draws."""
    path = with_errors(folder, tmp_path / "d.nc", error_model="lognormal")
    method = "one_batch"
    sites = (folder / "observations.nc", folder / "site_forcing.nc")
    grid = (folder / "cells.nc", folder / "grid_forcing.nc")
    found = {}
    for name, draws in (("fixed", folder / "fixed.nc"), ("estimated", path)):
        project_sites(MODEL, method, draws, *sites, tmp_path / f"{name}_s.nc")
        project_grid(MODEL, method, draws, *grid, tmp_path / f"{name}_g.nc")
        at_sites = read_sites_projection(tmp_path / f"{name}_s.nc")
        on_grid = read_grid_projection(tmp_path / f"{name}_g.nc")
        found[name] = at_sites, on_grid
    for fixed, estimated in zip(*found.values(), strict=True):
        assert "soc_is" not in fixed.attrs and not [n for n in fixed if "scatter" in n]
        assert estimated.attrs["soc_is"].startswith("median over the scatter between places")
        assert "median place" in estimated["stock_mean"].long_name
        assert "mean over the scatter" in estimated["stock_with_scatter_mean"].long_name
        for name in fixed:  # what is not named a mean over the scatter stays the median
            np.testing.assert_array_equal(fixed[name].values, estimated[name].values)
    on_grid = found["estimated"][1]
    for k in range(5):
        stock = on_grid["stock_with_scatter_mean"].values[k] / on_grid["stock_mean"].values[k]
        assert FACTOR.min() < np.nanmin(stock) < np.nanmax(stock) < FACTOR.max()
    by_cell = CELLS.from_grid(on_grid["stock_with_scatter_mean"][3]) * CELLS.land_area_m2 / 1e15
    total = float(on_grid["total_with_scatter_mean"][3])
    assert np.nansum(by_cell) == pytest.approx(total, rel=1e-12)
    theta = np.asarray(netCDF4.Dataset(path)["theta"][:])
    soc = MODEL.soc(MODEL.steady_state(theta, forcing_of(np.random.default_rng(1), 2).take([0])))
    wanted = (MODEL.stock(soc, 0.0, 1.0) * FACTOR).mean()
    at_site = found["estimated"][0]["stock_with_scatter_mean"].values[0, 3]
    assert at_site == pytest.approx(wanted, rel=1e-9)
    export_stocks(on_grid, tmp_path / "stocks.tif")
    with rasterio.open(tmp_path / "stocks.tif") as file:
        assert file.count == 30 and file.tags()["soc_is"] == on_grid.attrs["soc_is"]
        assert "0-30 cm of the median place, mean" in file.descriptions[0]
        assert "0-30 cm, mean over the scatter between places, mean" in file.descriptions[15]
