"""The default method: CLM's own carbon, or the matrix model at CLM's parameters."""

import numpy as np
import pytest

from clm_files import NODES_10, month_bounds, write_history
from model_cases import monthly
from proda.errors import InputError
from proda.model.default_runs import default_model, default_parameters
from proda.projection.default import DefaultOptions, clm_carbon, project_default
from proda.projection.files import read_grid_projection, read_sites_projection
from projection_cases import forcing_of, make_cells, write_grid_inputs, write_site_inputs
from site_cases import MODEL

IDS = ["a", "b", "c"]
CELLS = make_cells()  # centres 40.25 and 40.75 N; -99.75, -99.25 and -98.75 E
CELL_OF_PROFILE = [5, 0, -1]
LAT, LON = np.array([40.25, 40.75]), np.array([260.25, 260.75, 261.25])
CARBON = np.array([[1.0, 2.0, 3.0], [4.0, np.nan, 6.0]]) * 1e3


def write_carbon(path, names=("SOIL1C_vr", "SOIL2C_vr", "SOIL3C_vr"), carbon=CARBON):
    """A history of one month: pools with 0.1, 0.3 and 0.6 of the carbon, decreasing."""
    decline = np.exp(-NODES_10[:10])[:, None, None]
    fractions = dict(zip(names, (0.1, 0.3, 0.6), strict=False))
    fields = {name: (part * carbon * decline)[None] for name, part in fractions.items()}
    units = dict.fromkeys(fields, "gC/m^3")
    bounds = month_bounds(12)
    fields = {name: np.repeat(values, 12, axis=0) for name, values in fields.items()}
    return write_history(path, fields, bounds, lat=LAT, lon=LON, units=units, level="levsoi")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("default"), np.random.default_rng(4)
    write_site_inputs(folder, IDS, forcing_of(rng, 3, default_run=True), rng, CELL_OF_PROFILE)
    write_grid_inputs(folder, CELLS, forcing_of(rng, 6, default_run=True), without=(2,))
    write_carbon(folder / "clm.nc")
    return folder


def run(inputs, options, target, structure="clm45-10"):
    project_default(
        structure,
        options,
        inputs / "observations.nc",
        inputs / "site_forcing.nc",
        inputs / "cells.nc",
        inputs / "grid_forcing.nc",
        target / "s.nc",
        target / "g.nc",
        {"seed": "none"},
    )
    return read_sites_projection(target / "s.nc"), read_grid_projection(target / "g.nc")


def test_clm_is_shown_as_it_is_and_profiles_take_their_cells_value(folder, tmp_path):
    options = DefaultOptions("clm", clm_files=(str(folder / "clm.nc"),), interpolation="nearest")
    sites, grid = run(folder, options, tmp_path)
    carbon = np.array([1, 2, np.nan, 4, 4, 6]) * 1e3  # the fifth has none: from its west
    decline = np.exp(-MODEL.grid.node)
    found = np.stack([CELLS.from_grid(layer) for layer in grid["soc_mean"]], axis=1)
    np.testing.assert_allclose(found, carbon[:, None] * decline, rtol=1e-4)
    assert grid["status"].values.ravel().tolist() == [0, 0, 1, 0, 0, 0]
    np.testing.assert_allclose(sites["soc_mean"][0], 6e3 * decline, rtol=1e-4)
    np.testing.assert_allclose(sites["soc_mean"][1], 1e3 * decline, rtol=1e-4)
    assert np.isnan(sites["soc_mean"][2]).all()
    assert sites["status"].values.tolist() == [0, 0, 4]
    assert grid.attrs["default_source"] == "soil carbon of the CLM history"
    assert grid.attrs["label"] == sites.attrs["label"] == "CLM history (file clm.nc)"
    assert grid.attrs["title"] == "Soil organic carbon on the grid: CLM history (file clm.nc)"
    assert grid.attrs["method"] == "default"


def test_cells_far_from_clms_land_have_no_default(folder):
    options = DefaultOptions("clm", clm_files=(str(folder / "clm.nc"),), max_distance_km=100.0)
    far = make_cells(west=-80.0)
    assert np.isnan(clm_carbon(MODEL.grid, options, far)).all()


@pytest.mark.parametrize("columns", [2, 10])
@pytest.mark.parametrize(("version", "asked"), [("clm4.5", None), ("clm5", "clm5")])
def test_the_matrix_source_is_the_model_at_clms_parameters(
    folder, tmp_path, monkeypatch, version, asked, columns
):
    monkeypatch.setattr("proda.projection.default.COLUMNS", columns)
    sites, grid = run(folder, DefaultOptions("matrix", asked), tmp_path)
    rng = np.random.default_rng(4)
    forcing = forcing_of(rng, 3, default_run=True)
    model = default_model("clm45-10", version)
    parameters = default_parameters("clm45-10", forcing, version)
    soc = model.soc(model.steady_state_of(parameters, forcing))
    np.testing.assert_array_equal(sites["soc_mean"], soc)
    assert grid["status"].values.ravel().tolist() == [0, 0, 1, 0, 0, 0]
    assert (grid["total_mean"] > 0).all()
    about = f"matrix model at the default parameters of {version}"
    assert sites.attrs["default_source"] == about
    label = {"clm5": "CLM5 parameters", "clm4.5": "CLM4.5 parameters"}[version]
    assert sites.attrs["label"] == grid.attrs["label"] == label


def test_the_twenty_layers_run_at_clms_parameters_too(tmp_path):
    sand = np.full(20, 30.0)
    by_layer = np.exp(-np.arange(20) / 4) * np.array([60.0, 120.0, 180.0, 96.0])[:, None]
    one = monthly(sand=sand, litter_input_by_layer=by_layer)
    sites_forcing, grid_forcing = (one.take(np.zeros(n, dtype=int)) for n in (3, 6))
    rng, structure = np.random.default_rng(0), "clm5-20"
    write_site_inputs(tmp_path, IDS, sites_forcing, rng, structure=structure)
    write_grid_inputs(tmp_path, CELLS, grid_forcing, structure=structure)
    sites, grid = run(tmp_path, DefaultOptions("matrix"), tmp_path, structure)
    model = default_model("clm5-20", "clm5")
    soc = model.soc(model.steady_state_of(default_parameters("clm5-20", one, "clm5"), one))[0]
    np.testing.assert_array_equal(sites["soc_mean"], [soc] * 3)
    np.testing.assert_array_equal(grid["soc_mean"][:, 1, 2], soc)


@pytest.mark.parametrize("field", ["sand", "npp_mean"])
def test_what_the_forcing_lacks_is_named_with_the_other_source(tmp_path, field):
    rng = np.random.default_rng(4)
    forcings = [forcing_of(rng, n, default_run=True) for n in (3, 6)]
    for forcing in forcings:
        object.__setattr__(forcing, field, None)
    write_site_inputs(tmp_path, IDS, forcings[0], rng)
    write_grid_inputs(tmp_path, CELLS, forcings[1])
    with pytest.raises(
        InputError,
        match=rf"site_forcing\.nc, forcing\.{field}.*found none.*model\.default_source: clm",
    ):
        run(tmp_path, DefaultOptions("matrix"), tmp_path)
    assert not (tmp_path / "s.nc").exists()


def test_a_history_without_soil_carbon_is_named_with_the_other_source(folder, tmp_path):
    path = write_carbon(tmp_path / "clm.nc", names=("SOIL1C_vr", "SOIL2C_vr"))
    with pytest.raises(
        InputError, match=r"clm\.nc: SOIL3C_vr: .*SOM_PAS_C_vr.*model\.default_source: matrix"
    ):
        run(folder, DefaultOptions("clm", clm_files=(str(path),)), tmp_path)


def test_unknown_options_are_rejected():
    with pytest.raises(
        InputError, match=r"model\.default_source: expected one of clm, matrix.*'model'"
    ):
        DefaultOptions("model")
    with pytest.raises(InputError, match=r"model\.default_version: .*clm4\.5, found 'clm6'"):
        DefaultOptions("matrix", "clm6")
