"""Maps of bulk processes: those of direct runs, statistics of known values, reasons, files."""

import numpy as np
import pytest

from model_cases import COLUMN, DRAWS
from proda.model import MatrixModel
from proda.model.processes import PROCESSES, ProcessStatus, processes_of
from proda.parameters.draws import write_draws
from proda.projection.process_files import (
    process_table,
    read_processes,
    write_default_processes,
    write_processes,
)
from proda.projection.process_maps import (
    DrawnProcesses,
    map_processes,
    spread_draws,
    weighted_median,
)
from proda.projection.soc import DrawnSoc, Status
from projection_cases import forcing_of, make_cells, write_grid_inputs
from site_cases import MODEL, random_theta

NAMES = [process.name for process in PROCESSES]
TURNOVER = NAMES.index("turnover_time")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six cells, the third without forcing; twelve draws for all of them."""
    path, rng = tmp_path_factory.mktemp("processes"), np.random.default_rng(5)
    cells, forcing = make_cells(), forcing_of(rng, 6, default_run=True)
    write_grid_inputs(path, cells, forcing, without=[2])
    theta = random_theta(rng, 12)
    write_draws(path / "draws.nc", MODEL, theta=theta)
    return path, cells, forcing, theta


def written(folder, target, max_draws=100):
    path = folder[0]
    inputs = path / "draws.nc", path / "cells.nc", path / "grid_forcing.nc"
    write_processes(MODEL, "one_batch", *inputs, target, max_draws)
    return read_processes(target)


def test_every_cell_has_the_statistics_of_direct_runs(folder, tmp_path):
    _, cells, forcing, theta = folder
    dataset = written(folder, tmp_path / "p.nc")
    cell = 4
    direct = processes_of(MODEL, MODEL.physical(theta), forcing.take([cell]))
    for name in NAMES:
        maps = {kind: cells.from_grid(dataset[f"{name}_{kind}"]) for kind in ("mean", "p05", "p95")}
        np.testing.assert_allclose(maps["mean"][cell], direct[name].mean(), rtol=1e-12)
        expected = np.quantile(direct[name], [0.05, 0.95])
        np.testing.assert_allclose([maps["p05"][cell], maps["p95"][cell]], expected, rtol=1e-12)
        assert np.isnan(maps["mean"][2])
    assert list(cells.from_grid(dataset["status"])) == [0, 0, Status.NO_FORCING, 0, 0, 0]
    assert dataset["soc_stock_mean"].attrs["standard_name"] == "soil_mass_content_of_carbon"


def test_means_over_cells_are_taken_draw_by_draw(folder, tmp_path):
    _, cells, forcing, theta = folder
    table = process_table({"one_batch": written(folder, tmp_path / "p.nc")})
    row = table.set_index("process").loc["turnover_time"]
    some = [0, 1, 3, 4, 5]
    times = np.stack(
        [processes_of(MODEL, MODEL.physical(theta), forcing.take([i]))["turnover_time"]
         for i in some]
    )  # fmt: skip
    known = np.isfinite(times).all(axis=1)
    area, times = cells.land_area_m2[some][known], times[known]
    by_draw = area @ times / area.sum()
    np.testing.assert_allclose(row["area_mean"], by_draw.mean(), rtol=1e-6)
    np.testing.assert_allclose(row["area_mean_p95"], np.quantile(by_draw, 0.95), rtol=1e-6)
    np.testing.assert_allclose(row["cell_mean"], times.mean(), rtol=1e-6)
    np.testing.assert_allclose(row["cell_median"], np.median(times.mean(axis=1)), rtol=1e-6)
    assert row["cells"] == known.sum() >= 3
    assert list(table["process"]) == NAMES


@pytest.mark.parametrize("structure", DRAWS)
def test_a_cell_has_processes_if_all_its_draws_have(structure):
    model = MatrixModel(structure)
    theta = np.full((3, 4, len(model.parameters)), 0.3)
    theta[1, 2, 3] = 1e-3  # an e-folding depth of 1 mm
    theta[2, 0] = np.nan
    forcing = COLUMN[structure]().take([0, 0, 0])
    source = DrawnSoc(model, lambda first, count: theta[first : first + count], 4, forcing)
    maps = map_processes(DrawnProcesses(source), np.ones(3))
    assert list(maps.status) == [0, 0, Status.NO_PARAMETERS]
    assert list(maps.process_status) == [0, ProcessStatus.NO_TURNOVER, 0]
    assert np.isfinite(maps.values[:, 0, TURNOVER]).all()
    assert np.isnan(maps.values[:, 1:]).all()
    np.testing.assert_allclose(maps.area_mean, maps.values[:, 0], rtol=1e-12)


def test_fewer_draws_are_spread_evenly():
    theta = np.arange(10.0)[None, :, None]
    read, count = spread_draws(lambda first, places: theta, 10, 5)
    assert count == 5
    np.testing.assert_array_equal(read(0, 1)[0, :, 0], [1, 3, 5, 7, 9])
    read, count = spread_draws(lambda first, places: theta, 10, 100)
    np.testing.assert_array_equal(read(0, 1), theta)


def test_weighted_median():
    values = np.array([3.0, np.nan, 1.0, 2.0])
    assert weighted_median(values, np.ones(4)) == 2.0
    assert weighted_median(values, np.array([5.0, 100.0, 1.0, 1.0])) == 3.0
    assert weighted_median(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4)) == 2.5
    assert np.isnan(weighted_median(np.full(2, np.nan), np.ones(2)))


def test_default_run(folder, tmp_path):
    path, cells, *_ = folder
    inputs = path / "cells.nc", path / "grid_forcing.nc"
    write_default_processes("clm45-10", "default", None, *inputs, tmp_path / "d.nc")
    dataset = read_processes(tmp_path / "d.nc")
    assert "turnover_time_p05" not in dataset
    efficiency = cells.from_grid(dataset["carbon_use_efficiency_mean"])
    assert np.isnan(efficiency[2])
    assert ((np.delete(efficiency, 2) > 0.4) & (np.delete(efficiency, 2) < 0.6)).all()
    table = process_table({"default": dataset})
    assert np.isnan(table["area_mean_p05"]).all()
