"""Projections from files to files: what is written, and files that do not belong together."""

import netCDF4
import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.model import MatrixModel
from proda.parameters.draws import write_draws
from proda.projection.apply import project_grid, project_sites
from proda.projection.files import read_grid_projection, read_sites_projection, read_used_sites
from proda.projection.soc import Status
from projection_cases import forcing_of, make_cells, write_grid_inputs, write_site_inputs
from site_cases import MODEL, random_theta

IDS = ["3", "17", "B 4", "21"]
CELLS = make_cells(land=0.6)
WITHOUT = (4,)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Inputs of four profiles and six cells, one of which has no forcing, and draws for them."""
    folder, rng = tmp_path_factory.mktemp("projection"), np.random.default_rng(1)
    write_site_inputs(folder, IDS, forcing_of(rng, 4), rng)
    write_grid_inputs(folder, CELLS, forcing_of(rng, 6), WITHOUT)
    write_draws(folder / "one.nc", MODEL, theta=random_theta(rng, 30))
    at_profiles = random_theta(rng, 10 * 4).reshape(10, 4, -1)
    on_cells = random_theta(rng, 10 * 6).reshape(10, 6, -1)
    at_profiles[3, 2] = on_cells[3, 5] = np.nan
    write_draws(
        folder / "places.nc",
        MODEL,
        theta_profile=at_profiles,
        theta_cell=on_cells,
        profile_ids=IDS,
        cells=CELLS,
    )
    return folder


def at_sites(folder, draws, target, method="one_batch", model=MODEL):
    observations, forcing = folder / "observations.nc", folder / "site_forcing.nc"
    attributes = {"seed": "5"}
    return project_sites(model, method, folder / draws, observations, forcing, target, attributes)


def on_grid(folder, draws, target, method="one_batch", model=MODEL):
    cells, forcing = folder / "cells.nc", folder / "grid_forcing.nc"
    return project_grid(model, method, folder / draws, cells, forcing, target, {"seed": "5"})


def test_sites_come_back_as_they_were_projected(folder, tmp_path):
    projection = at_sites(folder, "places.nc", tmp_path / "s.nc", "neural_network")
    sites = read_sites_projection(tmp_path / "s.nc")
    assert list(sites["profile_id"].values) == IDS
    assert sites["row_size"].sum() == sites.sizes["horizon"]
    assert projection.counts == {"projected": 3, "no_parameters": 1}
    assert list(sites["status"].values) == [0, 0, int(Status.NO_PARAMETERS), 0]
    for i, kind in enumerate(("mean", "p05", "p95")):
        for name in ("soc", "stock", "predicted"):
            found = sites[f"{name}_{kind}"].values
            np.testing.assert_array_equal(found, getattr(projection, name)[i])
    lost = np.repeat(np.arange(4), sites["row_size"]) == 2
    np.testing.assert_array_equal(np.isnan(sites["predicted_mean"]), lost)
    assert (sites["soc_p05"] <= sites["soc_p95"]).sum() == 3 * 10
    assert sites.attrs["draws"] == 10
    assert sites.attrs["draws_are"].startswith("members of an ensemble")
    assert sites.attrs["seed"] == "5"


def test_used_sites_are_those_of_the_table_of_profiles(folder, tmp_path):
    at_sites(folder, "places.nc", tmp_path / "s.nc", "neural_network")
    profiles = pd.DataFrame({"profile_id": IDS, "used": [True, False, False, True]})
    sites = read_used_sites(tmp_path / "s.nc", profiles)
    assert list(sites["profile_id"].values) == [IDS[0], IDS[3]]
    with pytest.raises(InputError, match=r"s\.nc, profile 0: .*as in the table of profiles"):
        read_used_sites(tmp_path / "s.nc", profiles[::-1])
    with pytest.raises(InputError, match=r"s\.nc: expected the 3 profiles of .*, found 4"):
        read_used_sites(tmp_path / "s.nc", profiles[1:])


def test_the_grid_lies_where_its_cells_are(folder, tmp_path):
    projection = on_grid(folder, "places.nc", tmp_path / "g.nc", "neural_network")
    grid = read_grid_projection(tmp_path / "g.nc")
    assert list(grid["lat"].values) == [40.25, 40.75]
    assert list(grid["lon"].values) == [-99.75, -99.25, -98.75]
    assert grid["soc_mean"].dims == ("layer", "lat", "lon")
    assert grid["stock_p95"].dims == ("interval", "lat", "lon")
    np.testing.assert_array_equal(grid["stock_mean"].values.reshape(5, 6), projection.stock[0].T)
    assert grid["status"].values.tolist() == [[0, 0, 0], [0, 1, 2]]
    assert grid["valid"].values.tolist() == [[True, True, True], [True, False, False]]
    np.testing.assert_array_equal(grid["total_p05"], projection.total[1])
    # Members' totals have the mean that the map of means has.
    np.testing.assert_allclose(
        grid["total_mean"],
        np.nansum(projection.stock[0] * CELLS.land_area_m2[:, None], axis=0) / 1e15,
    )
    covered = CELLS.land_area_m2[[0, 1, 2, 3]].sum()
    assert grid.attrs["land_area_projected_m2"] == pytest.approx(covered)
    assert grid.attrs["land_area_m2"] == pytest.approx(CELLS.land_area_m2.sum())


def test_variables_tell_unit_depth_and_meaning(folder, tmp_path):
    on_grid(folder, "one.nc", tmp_path / "g.nc")
    at_sites(folder, "one.nc", tmp_path / "s.nc")
    with netCDF4.Dataset(tmp_path / "g.nc") as grid, netCDF4.Dataset(tmp_path / "s.nc") as sites:
        assert grid.Conventions == sites.Conventions == "CF-1.11"
        assert grid.title == "Soil organic carbon on the grid: One-batch"
        assert grid.draws_are.startswith("draws of a distribution")
        units = {"soc": "g m-3", "stock": "g m-2", "predicted": "g m-3", "total": "Pg"}
        for file in (grid, sites):
            for name, variable in file.variables.items():
                assert variable.long_name
                if "_mean" in name:
                    assert variable.units == units[name.removesuffix("_mean")]
                    assert variable.long_name.endswith("mean of 30 draws")
            assert list(file["interval"][:])[:2] == ["0-30 cm", "30-100 cm"]
            np.testing.assert_array_equal(file["interval_bottom"][:], [0.3, 1, 2, 1, 2])
            np.testing.assert_array_equal(file["layer"][:], MODEL.grid.node)
            assert file["status"].flag_meanings.split()[:2] == ["projected", "no_forcing"]
            assert list(file["status"].flag_values) == [int(status) for status in Status]
        assert sites["row_size"].sample_dimension == "horizon"
        assert sites.featureType == "profile"
        assert grid["status"]._FillValue == -1


def test_one_run_has_no_percentiles(folder, tmp_path):
    write_draws(tmp_path / "d.nc", MODEL, theta=random_theta(np.random.default_rng(0), 1))
    on_grid(folder, tmp_path / "d.nc", tmp_path / "g.nc")
    grid = read_grid_projection(tmp_path / "g.nc")
    assert {"soc_mean", "stock_mean", "total_mean"} < set(grid)
    assert not [name for name in grid if name.endswith(("_p05", "_p95"))]
    assert grid.attrs["quantile_method"] == "none, a single run"
    assert "draws" not in grid["soc_mean"].long_name


def test_the_same_run_gives_the_same_bytes(folder, tmp_path):
    for name in ("a.nc", "b.nc"):
        on_grid(folder, "one.nc", tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


def test_parameters_of_another_structure_are_rejected(folder, tmp_path):
    model = MatrixModel("clm5-20")
    for project in (at_sites, on_grid):
        with pytest.raises(InputError, match=r"one\.nc, parameter: .*clm5-20"):
            project(folder, "one.nc", tmp_path / "x.nc", model=model)
    assert not list(tmp_path.iterdir())


def test_draws_without_a_map_are_rejected(folder, tmp_path):
    theta = random_theta(np.random.default_rng(0), 8).reshape(2, 4, -1)
    write_draws(tmp_path / "d.nc", MODEL, theta_profile=theta, profile_ids=IDS)
    with pytest.raises(InputError, match=r"d\.nc: expected theta_cell"):
        on_grid(folder, tmp_path / "d.nc", tmp_path / "x.nc", "site_by_site")


def test_draws_of_other_profiles_are_rejected(folder, tmp_path):
    theta = random_theta(np.random.default_rng(0), 8).reshape(2, 4, -1)
    others = ["3", "17", "21", "B 4"]
    write_draws(tmp_path / "d.nc", MODEL, theta_profile=theta, profile_ids=others)
    with pytest.raises(InputError, match=r"d\.nc, profile 2: expected 'B 4'.*found '21'"):
        at_sites(folder, tmp_path / "d.nc", tmp_path / "x.nc")
    write_draws(tmp_path / "d.nc", MODEL, theta_profile=theta[:, :3], profile_ids=IDS[:3])
    with pytest.raises(InputError, match=r"d\.nc: expected the 4 profiles.*found 3 profiles"):
        at_sites(folder, tmp_path / "d.nc", tmp_path / "x.nc")


def test_forcing_of_other_profiles_is_rejected(folder, tmp_path):
    rng = np.random.default_rng(2)
    write_site_inputs(tmp_path, ["3", "17", "5", "21"], forcing_of(rng, 4), rng)
    with pytest.raises(InputError, match=r"site_forcing\.nc, profile 2: .*'B 4'.*'5'"):
        project_sites(
            MODEL,
            "one_batch",
            folder / "one.nc",
            folder / "observations.nc",
            tmp_path / "site_forcing.nc",
            tmp_path / "x.nc",
        )


def test_other_cells_are_rejected(folder, tmp_path):
    rng = np.random.default_rng(2)
    elsewhere = make_cells(west=-90.0)
    write_grid_inputs(tmp_path, elsewhere, forcing_of(rng, 6))
    with pytest.raises(
        InputError, match=r"grid_forcing\.nc, cell 0: .*40\.25 N -99\.75 E.*-89\.75"
    ):
        project_grid(
            MODEL,
            "one_batch",
            folder / "one.nc",
            folder / "cells.nc",
            tmp_path / "grid_forcing.nc",
            tmp_path / "x.nc",
        )
    with pytest.raises(InputError, match=r"places\.nc, cell 0: .*-89\.75.*-99\.75"):
        on_grid(tmp_path, folder / "places.nc", tmp_path / "x.nc", "neural_network")
    write_grid_inputs(tmp_path, make_cells(columns=2), forcing_of(rng, 4))
    with pytest.raises(InputError, match=r"places\.nc: expected 4 cells, found 6 cells"):
        on_grid(tmp_path, folder / "places.nc", tmp_path / "x.nc", "neural_network")


def test_nothing_to_show_is_rejected(folder, tmp_path):
    theta = np.full((2, 6, 25), np.nan)
    ids = random_theta(np.random.default_rng(0), 8).reshape(2, 4, -1)
    write_draws(
        tmp_path / "d.nc",
        MODEL,
        theta_profile=ids,
        theta_cell=theta,
        profile_ids=IDS,
        cells=CELLS,
    )
    found = r"found 1 no_forcing, 5 no_parameters"
    with pytest.raises(InputError, match=rf"d\.nc: .*at one place at least, {found}"):
        on_grid(folder, tmp_path / "d.nc", tmp_path / "x.nc", "random_forest")
    assert not (tmp_path / "x.nc").exists()


def test_other_files_are_no_projections(folder):
    with pytest.raises(InputError, match=r"cells\.nc: .*soc_mean.*cell_area"):
        read_grid_projection(folder / "cells.nc")
    with pytest.raises(InputError, match=r"none\.nc: .*projection.*no such file"):
        read_sites_projection(folder / "none.nc")
