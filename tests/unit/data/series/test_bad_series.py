"""Histories with faults: an error that names file, variable and time, or a cell left out."""

import cftime
import netCDF4
import numpy as np
import pytest

from proda.data.cells import Cells
from proda.data.series import Status, open_series
from proda.data.series.build import Block, blocks_of, build_series
from proda.data.series.sample import Sample, sample_cells
from proda.errors import InputError
from proda.model import MatrixModel
from support.clm_files import LITTER
from support.small_series import (
    ANNUAL,
    CELLS,
    MONTHLY,
    PLACES,
    SmallCase,
    annual_series,
    monthly_series,
    write,
)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return SmallCase(tmp_path_factory.mktemp("monthly"))


def changed(name, value, months=slice(None), place=slice(None)):
    """Fields of which one has another value somewhere."""
    fields = monthly_series()
    values = fields[name].copy()
    values[(months, ..., *np.atleast_1d(place))] = value
    return fields | {name: values}


def without(months):
    """Two files, with months missing between them."""
    return lambda folder: [
        write(folder / "a.nc", monthly_series(), months=slice(0, months[0])),
        write(folder / "b.nc", monthly_series(), months=slice(months[1], None)),
    ]


def in_calendar(folder, calendar):
    path = write(folder / "h.nc", monthly_series())
    with netCDF4.Dataset(path, "a") as data:
        data["time"].calendar = calendar
    return [path]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (without((24, 36)), r"TSOI: expected model years 1900-1903, found .*without 1902"),
        (without((24, 25)), r"TSOI: expected whole years.*1902 with 11 months"),
        (
            lambda folder: [
                write(folder / "a.nc", monthly_series(), months=slice(0, 26)),
                write(folder / "b.nc", monthly_series(seed=1), months=slice(24, None)),
            ],
            r"TSOI: expected steps that do not overlap.*a.nc and .*b.nc, at 1902-0[12]-01",
        ),
        (
            lambda folder: [write(folder / "h.nc", monthly_series(3))],
            r"TSOI: expected model years 1900-1903, found years 1900-1902, without 1903",
        ),
        (
            lambda folder: [write(folder / "h.nc", monthly_series(), units={"TSOI": "degC"})],
            r"h.nc: TSOI: expected units K, found units 'degC'",
        ),
        (
            lambda folder: [
                write(folder / "h.nc", changed(LITTER[2], -1.0, slice(17, 18), (2, 0)))
            ],
            r"h.nc: LITR2_INPUT_ACC_VECTOR: expected values in \[0, inf\].*-1 at time 1901-06",
        ),
        (
            lambda folder: [write(folder / "h.nc", changed("W_SCALAR", 3.0, slice(40, 41)))],
            r"h.nc: W_SCALAR: expected values in \[0, 1\] 1, found 3 at time 1903-05",
        ),
        (
            lambda folder: [write(folder / "h.nc", changed("FPI_vr", np.nan, slice(40, 41)))],
            r"h.nc: FPI_vr: expected values in every step, found none at all in 1903-05",
        ),
        (
            lambda folder: [
                write(folder / "h.nc", {k: v for k, v in monthly_series().items() if k != "FPI_vr"})
            ],
            r"FPI_vr: expected variable FPI_vr.*name a substitute",
        ),
        (lambda folder: in_calendar(folder, "360_day"), r"expected monthly or annual means"),
    ],
)
def test_faults_of_files_are_named(case, tmp_path, files, message):
    files = files(tmp_path)
    with pytest.raises(InputError, match=message):
        case.build(files)
    assert not list(case.folder.glob("*0.nc"))


def test_substitutes_are_recorded(case, tmp_path):
    fields = {k: v for k, v in monthly_series().items() if k != "FPI_vr"}
    files = [write(tmp_path / "h.nc", fields)]
    path, _ = case.build(files, "fpi.nc", missing_fields={"FPI_vr": {"value": 1}})
    with open_series(path) as series:
        assert series.attrs["substituted_fields"] == "FPI_vr set to 1 everywhere"
        assert np.all(series.forcing(1900, 1900).nitrogen_scalar == 1.0)


def test_cells_with_gaps_do_not_stop_the_others(case, tmp_path):
    gap = changed("O_SCALAR", np.nan, slice(30, 31), PLACES[1])
    gap[LITTER[0]][40, 3, PLACES[2][0], PLACES[2][1]] = np.nan
    path, counts = case.build([write(tmp_path / "h.nc", gap)], "gaps.nc")
    assert counts.tolist() == [1, 0, 2, 0]
    whole, _ = case.build([write(tmp_path / "w.nc", monthly_series())], "whole.nc")
    model = MatrixModel(MONTHLY)
    with open_series(path) as series, open_series(whole) as other:
        assert series.cells.status.tolist() == [0, *[Status.MISSING_VALUES] * 2]
        assert list(series.cells.reason) == [
            "", "O_SCALAR is missing in 1902-07", "litter input is missing in 1903-05",
        ]  # fmt: skip
        for year in series.years:
            one, all_cells = series.prepare(model, year, year), other.prepare(model, year, year)
            np.testing.assert_array_equal(one.columns, all_cells.columns[:1])


def test_ratios_and_inputs_that_are_refused(case, tmp_path):
    fields = changed("NPP", 1e-6, slice(0, 24), PLACES[0])
    fields["NPP"][24:, PLACES[0][0], PLACES[0][1]] = 5e-5
    fields["NPP"][:24, PLACES[1][0], PLACES[1][1]] = 0.0
    fields["NPP"][36:, PLACES[2][0], PLACES[2][1]] = -2e-6
    options = {"litter_input": "npp", "smoothing_years": 1, "base_years": (1900, 1901)}
    with pytest.raises(InputError, match=r"expected a usable cell, found none: .*refused_input 3"):
        case.build([write(tmp_path / "h.nc", fields)], "npp.nc", **options)
    fields["NPP"][36:, PLACES[2][0], PLACES[2][1]] = 2e-6
    path, counts = case.build([write(tmp_path / "h2.nc", fields)], "npp.nc", **options)
    assert counts.tolist() == [1, 0, 0, 2]
    with open_series(path) as series:
        assert series.cells.reason[0] == "NPP over that of the base years is 50 in 1902"
        assert series.cells.reason[1] == "no net primary production in the base years"
        assert series.cells.usable.tolist() == [False, False, True]
        series.prepare(MatrixModel(MONTHLY), 1903, 1903)


def test_a_cell_without_input_or_with_too_much(case, tmp_path):
    fields = monthly_series()
    for name in LITTER:
        fields[name][:, :, PLACES[0][0], PLACES[0][1]] = 0.0
        fields[name][36:, :, PLACES[1][0], PLACES[1][1]] *= 30.0
    path, counts = case.build(
        [write(tmp_path / "h.nc", fields)], "much.nc", base_years=(1900, 1901)
    )
    assert counts.tolist() == [1, 0, 0, 2]
    with open_series(path) as series:
        assert series.cells.reason[0] == "no carbon input in the base years"
        assert "gC m-2 in 1903" in series.cells.reason[1]


@pytest.mark.parametrize(
    ("calendar", "year_lengths"),
    [("standard", [365, 365, 365, 365, 366, 365, 365, 365]), ("360_day", [360] * 8)],
)
def test_carbon_of_a_month_is_kept_in_other_calendars(tmp_path, calendar, year_lengths):
    """February of a leap year has 29 days of the flux."""
    case = SmallCase(tmp_path, ANNUAL)
    fields = annual_series(8)
    fields["NPP"][:] = 1e-5
    path = write(tmp_path / "h.nc", fields)
    dates = [cftime.datetime(1900 + i // 12, i % 12 + 1, 1, calendar=calendar) for i in range(97)]
    units = "days since 1900-01-01"
    edges = cftime.date2num(dates, units, calendar)
    with netCDF4.Dataset(path, "a") as data:
        data["time"].calendar, data["time"].units = calendar, units
        data["time"][:], data["time_bounds"][:] = edges[1:], np.stack([edges[:-1], edges[1:]], 1)
    path, _ = case.build([path], years=(1900, 1907), base_years=(1901, 1903), smoothing_years=1)
    with open_series(path) as series:
        factor = [float(series.values.read("input_factor", i)[0]) for i in range(8)]
    np.testing.assert_allclose(factor, np.array(year_lengths) / year_lengths[1], rtol=1e-6)


def test_sampled_cells_represent_all_land():
    resolution, n = 2.0, 90
    row, column = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(2 * n), indexing="ij"))
    rng = np.random.default_rng(0)
    cells = Cells(
        resolution,
        (column + 0.5) * resolution - 180.0,
        (row + 0.5) * resolution - 90.0,
        rng.uniform(1.0, 2.0, row.size),
        rng.uniform(0.1, 1.0, row.size),
    )
    whole = sample_cells(cells, 1)
    np.testing.assert_array_equal(whole.area_m2, cells.land_area_m2)
    for every in (2, 5, 7):
        some = sample_cells(cells, every)
        assert np.unique(row[some.cell] % every).tolist() == [every // 2]
        assert np.unique(column[some.cell] % every).tolist() == [every // 2]
        np.testing.assert_allclose(some.area_m2.sum(), cells.land_area_m2.sum())
    few = Cells(2.0, *(np.array([x]) for x in (1.0, 1.0, 1.0, 1.0)))
    with pytest.raises(InputError, match=r"transient.forcing.every.*found 7 of 1 cells"):
        sample_cells(few, 7)


def test_a_band_of_latitudes_without_soil_has_no_usable_cell(case, tmp_path):
    fields = monthly_series()
    fields["TSOI"][..., :2, :] = np.nan
    fields["W_SCALAR"][..., 2:, :] = np.nan
    files = [write(tmp_path / "h.nc", fields)]
    with pytest.raises(InputError, match=r"usable cell, found none: no_forcing 3.*no cell of the"):
        case.build(files, "none.nc")
    source = case.source(files, years=(1900, 1903))
    block = Block(tmp_path / "band.nc", np.arange(3), CELLS.land_area_m2)
    counts = build_series(source, CELLS, [block], all_cells=False)
    assert counts.tolist() == [0, 3, 0, 0]
    with open_series(block.path) as series:
        assert len(series) == 0


def test_jobs_share_all_cells(tmp_path):
    sample = Sample(np.arange(5, 28), np.arange(23.0))
    paths = [tmp_path / f"{i}.nc" for i in range(4)]
    for readers, parts in ((1, 4), (3, 2), (23, 1)):
        blocks = [
            block
            for reader in range(readers)
            for block in blocks_of(sample, reader, readers, paths[:parts])
        ]
        np.testing.assert_array_equal(np.concatenate([b.cell for b in blocks]), sample.cell)
        np.testing.assert_array_equal(np.concatenate([b.area_m2 for b in blocks]), sample.area_m2)
    with pytest.raises(InputError, match=r"no more blocks than the 23 cells, found 24"):
        blocks_of(sample, 0, 24, [tmp_path / "0.nc"])
