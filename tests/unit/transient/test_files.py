"""Files of blocks, their sum, and yearly files that tools for land models read."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from proda.data.series import SeriesCells
from proda.errors import InputError
from proda.transient.block_file import join_blocks, read_block, write_block
from proda.transient.results import AXES, Status
from proda.transient.run import RunOptions, run_block
from proda.transient.scenarios import ALL, SCENARIOS
from proda.transient.variables import columns_of, variables_of
from proda.transient.yearly_files import write_yearly
from transient_cases import block, sets_of

LAT, LON = np.array([-9.0, -9.0, -7.0, -3.0]), np.array([11.0, 13.0, 11.0, 15.0])


@pytest.fixture(scope="module")
def blocks(tmp_path_factory):
    """Two blocks of a run of four cells, and the run of all: (files, whole result, model)."""
    folder = tmp_path_factory.mktemp("blocks")
    model, series = block(n=4, years=5)
    status = np.array([0, 0, 1, 0], dtype=np.int8)
    reason = np.array(["", "", "no cell of the history within 1 km", ""], dtype=object)
    cells = SeriesCells(np.arange(4), LON, LAT, np.full(4, 3e12), status, reason)
    series = replace(series, cells=cells, positions=np.array([0, 1, 3]))
    sets = sets_of(model, series, one_batch=2, neural_network=1)
    whole, files = run_block(series, sets, RunOptions()), []
    for k, rows in enumerate(([0, 1], [2, 3])):
        kept = np.isin(series.positions, rows)
        own = SeriesCells(*(getattr(cells, name)[rows] for name in
                            ("cell", "lon", "lat", "area_m2", "status", "reason")))  # fmt: skip
        values = {name: array[:, rows] for name, array in series.values.values.items()}
        fixed = {name: array[rows] for name, array in series.fixed.items()}
        part = replace(series, cells=own, positions=np.flatnonzero(own.usable), fixed=fixed,
                       values=type(series.values)(values))  # fmt: skip
        taken = [
            replace(one, physical=one.physical[kept], infeasible=one.infeasible[kept])
            for one in sets
        ]
        files.append(folder / f"{k}.nc")
        write_block(files[-1], run_block(part, taken, RunOptions()), {"source": "test"})
    return files, whole, model


def test_blocks_are_joined(blocks):
    files, whole, _ = blocks
    joined = join_blocks(files)
    assert joined.sets == whole.sets and joined.scenarios == whole.scenarios
    assert joined.cells.reason.tolist() == whole.cells.reason.tolist()
    assert joined.status[:, 2].tolist() == [Status.NO_SERIES] * 2
    for name in AXES:
        if name in ("stocks", "fluxes"):
            np.testing.assert_allclose(getattr(joined, name), getattr(whole, name), rtol=1e-13)
        elif name != "maps":
            assert np.array_equal(getattr(joined, name), getattr(whole, name), equal_nan=True)


def test_blocks_of_other_runs_are_refused(blocks, tmp_path):
    files, _, _ = blocks
    result = read_block(files[0])
    other = tmp_path / "other.nc"
    write_block(other, replace(result, years=[1901, 1902, 1903, 1904, 1905]))
    with pytest.raises(InputError, match=r"other\.nc"):
        join_blocks([files[0], other])


def test_results_without_a_common_cell_are_refused(blocks, tmp_path):
    result = read_block(blocks[0][0])
    result.status[0, 0] = result.status[1, 1] = Status.NO_PARAMETERS
    path = tmp_path / "apart.nc"
    write_block(path, result)
    with pytest.raises(InputError, match="none; cells by set: 1 one_batch, 1 neural_network"):
        join_blocks([path])


def test_yearly_files(blocks, tmp_path):
    files, whole, model = blocks
    path = tmp_path / "one_batch_all.nc"
    write_yearly(files, "one_batch", ALL.name, "One-batch", model.grid, 2.0, path)
    data = xr.open_dataset(path)
    assert data.sizes == {"time": 5, "bnds": 2, "lat": 4, "lon": 3, "sdepth": 4, "soilpools": 3}
    assert [str(t)[:10] for t in data["time"].values] == [f"{y}-07-02" for y in range(1900, 1905)]
    assert data["time_bnds"].values[1].astype(str)[0].startswith("1901-01-01")
    assert data["lat"].values.tolist() == [-9.0, -7.0, -5.0, -3.0]
    assert data["soilpools"].values.tolist() == ["fast", "slow", "passive"]
    s, columns = list(SCENARIOS).index(ALL.name), columns_of(variables_of(radiocarbon=False))
    for variable in variables_of(radiocarbon=False):
        values = data[variable.name]
        assert values.attrs["units"] == variable.units
        assert np.isfinite(values).sum() == 3 * values.size // 12
        for cell in (0, 1, 3):
            found = values.sel(lat=LAT[cell], lon=LON[cell])
            expected = whole.maps[s, :, 0, columns[variable.name], cell]
            assert np.array_equal(found.values.reshape(expected.shape), expected)
    np.testing.assert_allclose(
        data["cSoil"], data["cSoilLevels"].sum("sdepth", skipna=False), rtol=1e-6
    )
    np.testing.assert_allclose(
        data["cSoil"], data["cSoilPools"].sum("soilpools", skipna=False), rtol=1e-6
    )
    for name, of_block in (("transitTime", "transit_time"), ("ageSoilLevels", "soc_age")):
        found = data[name].sel(lat=LAT[1], lon=LON[1])
        expected = getattr(whole, of_block)[0, 1].astype(np.float32)
        assert np.array_equal(found.values, expected) and (found > 0).all()
    status = data["status"].sel(lat=-7.0, lon=11.0)
    assert status == Status.NO_SERIES and data["status"].sel(lat=-5.0, lon=11.0).isnull()
    assert 0.0 < data.attrs["largest_imbalance"] <= 1e-12 and data.attrs["members"] == 2
    with pytest.raises(InputError, match="the set truth"):
        write_yearly(files, "truth", ALL.name, "", model.grid, 2.0, path)
