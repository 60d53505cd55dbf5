"""Series built of small histories: values, files split in any way, ways to the carbon input."""

from dataclasses import replace
from itertools import pairwise

import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.data.cells import Cells
from proda.data.forcing import write_forcing
from proda.data.forcing_merge import grid_forcing
from proda.data.forcing_sources import on_cells, read_soil
from proda.data.series import open_series
from proda.data.series.build import Block, SeriesSource, build_series
from proda.data.series.inputs import running_mean
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.grid import CLM5_20
from support.clm_files import LITTER, MONTH_DAYS, write_history
from support.clm_files import NODES_20 as CLM_NODES
from support.small_series import (
    ANNUAL,
    CELLS,
    FIRST,
    MONTHLY,
    PLACES,
    UNITS,
    SmallCase,
    annual_series,
    monthly_series,
    write,
)

SECONDS = 86400.0 * MONTH_DAYS
BEDROCK = 12


def at_cells(values):
    """(3, months, ...) of the cells, from (months, ..., lat, lon)."""
    return np.stack([values[..., row, column] for row, column in PLACES])


def in_year(values, year):
    return values[12 * (year - FIRST) : 12 * (year - FIRST + 1)]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return SmallCase(tmp_path_factory.mktemp("monthly"))


@pytest.fixture(scope="module")
def annual_case(tmp_path_factory):
    return SmallCase(tmp_path_factory.mktemp("annual"), ANNUAL)


def arrays(path):
    with open_series(path) as series:
        names = sorted(series.values.names)
        return {
            name: np.stack([series.values.read(name, i) for i in range(len(series.years))])
            for name in names
        }


def test_months_are_those_of_the_files(case, tmp_path):
    fields = monthly_series()
    path, counts = case.build([write(tmp_path / "h.nc", fields)])
    assert counts.tolist() == [3, 0, 0, 0]
    above = np.arange(20) < BEDROCK
    with open_series(path) as series:
        assert list(series.years) == [1900, 1901, 1902, 1903]
        assert series.attrs["litter_input_source"] == "accumulated"
        np.testing.assert_allclose(series.cells.area_m2, CELLS.land_area_m2)
        for year in (1900, 1903):
            forcing = series.forcing(year, year)
            for name, source, part in (
                ("soil_temperature", "TSOI", 1.0),
                ("water_scalar", "W_SCALAR", above),
                ("oxygen_scalar", "O_SCALAR", above),
                ("nitrogen_scalar", "FPI_vr", above),
            ):
                expected = at_cells(in_year(fields[source], year)) * part
                np.testing.assert_allclose(getattr(forcing, name), expected, rtol=2e-7)
            thaw = np.maximum(fields["ALTMAX"], fields["ALTMAX_LASTYEAR"])
            found = forcing.active_layer_depth
            np.testing.assert_allclose(found, at_cells(in_year(thaw, year)), rtol=2e-7)
            litter = np.stack([at_cells(in_year(fields[name], year)) for name in LITTER], axis=1)
            np.testing.assert_allclose(forcing.litter_input_by_layer, litter.sum(axis=2), rtol=2e-6)
            monthly = litter @ CLM5_20.thickness
            np.testing.assert_allclose(forcing.litter_input, monthly.sum(axis=2), rtol=2e-6)
            share = series.input_share(year)
            np.testing.assert_allclose(share, monthly / monthly.sum(axis=2)[..., None], rtol=2e-6)
            assert forcing.bedrock_layer.tolist() == [BEDROCK] * 3


@given(cuts=st.lists(st.integers(1, 47), max_size=4, unique=True), apart=st.booleans())
@settings(max_examples=8)
def test_files_may_be_split_in_any_way(case, tmp_path_factory, cuts, apart):
    folder = tmp_path_factory.mktemp("split")
    fields = monthly_series()
    whole, _ = case.build([write(folder / "whole.nc", fields)], "whole.nc")
    edges = [0, *sorted(cuts), 48]
    groups = [[name] for name in fields] if apart else [list(fields)]
    files = []
    for group in groups:
        for first, last in pairwise(edges):
            part = {name: fields[name] for name in group}
            path = folder / f"{group[0]}_{first}.nc"
            level = {"level": "levsoi", "nodes": CLM_NODES}
            files.append(write(path, part, months=slice(first, last), **level))
    split, _ = case.build(files[::-1], "split.nc")
    one, other = arrays(whole), arrays(split)
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_cells_do_not_depend_on_the_blocks_and_latitudes_that_are_read(case, tmp_path):
    files = [write(tmp_path / "h.nc", monthly_series())]
    whole = arrays(case.build(files, "all.nc")[0])
    for i in range(3):
        alone = arrays(case.build(files, f"{i}.nc", cell=(i,))[0])
        assert all(np.array_equal(whole[name][:, [i]], alone[name]) for name in whole)


def test_annual_forcing_is_the_mean_of_the_year_and_the_ratio_of_npp(annual_case, tmp_path):
    fields = annual_series()
    path, counts = annual_case.build(
        [write(tmp_path / "h.nc", fields)], base_years=(1900, 1901), smoothing_years=1
    )
    assert counts[0] == 3
    npp = np.stack([at_cells(in_year(fields["NPP"], year)) @ SECONDS for year in range(1900, 1904)])
    ratio = npp / npp[:2].mean(axis=0)
    with open_series(path) as series:
        forcing, held = series.forcing(1903, 1902), series.forcing(1903, 1903)
        expected = np.average(at_cells(in_year(fields["TSOI"], 1903)), axis=1, weights=MONTH_DAYS)
        np.testing.assert_allclose(forcing.soil_temperature, expected[:, :10], rtol=1e-6)
        np.testing.assert_allclose(forcing.npp_max, series.fixed["npp_max"] * ratio[2], rtol=1e-6)
        np.testing.assert_allclose(held.npp_mean, series.fixed["npp_mean"] * ratio[3], rtol=1e-6)
        series.prepare(MatrixModel(ANNUAL), 1903, 1900)


def test_static_input_is_scaled_by_npp_with_a_running_mean(case, tmp_path):
    fields = monthly_series()
    path, _ = case.build(
        [write(tmp_path / "h.nc", fields)],
        litter_input="npp",
        smoothing_years=2,
        base_years=(1900, 1901),
    )
    npp = np.stack([at_cells(in_year(fields["NPP"], year)) @ SECONDS for year in range(1900, 1904)])
    smooth = np.stack([npp[0], npp[:2].mean(0), npp[1:3].mean(0), npp[2:].mean(0)])
    with open_series(path) as series:
        start = series.forcing(1900, 1900).litter_input / (smooth[0] / npp[:2].mean(0))[:, None]
        later = series.forcing(1900, 1903).litter_input / (smooth[3] / npp[:2].mean(0))[:, None]
        np.testing.assert_allclose(start, later, rtol=1e-6)
        # The static input of these files is 0.1, 0.2, ... 1.2 gC m-3 in the months of every year.
        np.testing.assert_allclose(start, 7.8 * CLM5_20.thickness.sum(), rtol=1e-5)
        days = np.broadcast_to(MONTH_DAYS / 365.0, (3, 4, 12))
        np.testing.assert_allclose(series.input_share(1902), days, rtol=1e-6)


def test_inputs_sum_to_the_reported_flux(case, tmp_path):
    fields = monthly_series()
    flux = np.random.default_rng(4).uniform(1e-9, 2e-8, fields["NPP"].shape)
    own = {name: values for name, values in fields.items() if name not in LITTER}
    units = {"fVegLitter": "kg m-2 s-1"}
    path, _ = case.build([write(tmp_path / "h.nc", own | {"fVegLitter": flux}, units=units)])
    with open_series(path) as series:
        assert series.attrs["litter_input_source"] == "vegetation"
        assert abs(float(series.attrs["litter_input_over_reported_flux"].split()[0]) - 1) < 1e-6
        for i, year in enumerate(series.years):
            monthly = series.values.read("litter_input", i).sum(axis=1)
            reported = at_cells(in_year(flux, year)) * 1000.0 * SECONDS
            np.testing.assert_allclose(monthly, reported, rtol=1e-6)
            layered = series.forcing(year, year).litter_input_by_layer @ CLM5_20.thickness
            np.testing.assert_allclose(layered.sum(axis=1), reported.sum(axis=1), rtol=1e-6)


def test_fluxes_of_litterfall_and_mortality(case, tmp_path):
    fields = monthly_series()
    own = {name: values for name, values in fields.items() if name not in LITTER}
    shape = fields["NPP"].shape
    organs = ("LEAF", "FROOT", "LIVESTEM", "DEADSTEM", "LIVECROOT", "DEADCROOT")
    names = ["LEAFC_TO_LITTER", "FROOTC_TO_LITTER", *(f"M_{o}C_TO_LITTER" for o in organs)]
    rng = np.random.default_rng(2)
    flux = {name: rng.uniform(1e-7, 2e-6, shape) for name in names}
    profile = np.zeros((len(shape), 20))
    profile = np.zeros((shape[0], 20, 4, 4))
    profile[:, :2] = 1.0 / CLM5_20.thickness[:2].sum()
    profiles = {f"{name}_PROF": profile for name in ("LEAF", "FROOT", "STEM", "CROOT")}
    units = dict.fromkeys(flux, "gC/m^2/s") | dict.fromkeys(profiles, "1/m")
    path, _ = case.build([write(tmp_path / "h.nc", own | flux | profiles, units=units)])
    with open_series(path) as series:
        assert series.attrs["litter_input_source"] == "fluxes"
        fine = sum(flux[n] for n in (*names[:4],))
        wood = sum(flux[n] for n in names[4:])
        expected = np.stack([wood, 0.25 * fine, 0.5 * fine, 0.25 * fine])
        amounts = at_cells(in_year(np.moveaxis(expected, 0, 1), 1902)) * SECONDS[:, None]
        found = series.values.read("litter_input", 2)
        np.testing.assert_allclose(found, np.moveaxis(amounts, 1, 2), rtol=1e-6)
        layered = series.forcing(1902, 1902).litter_input_by_layer
        assert np.all(layered[..., :2] > 0.0) and np.all(layered[..., 2:] == 0.0)


def test_running_mean_has_the_years_there_are():
    values = np.array([1.0, 2.0, 6.0, 7.0])
    np.testing.assert_allclose(running_mean(values, 1), values)
    np.testing.assert_allclose(running_mean(values, 2), [1.0, 1.5, 4.0, 6.5])
    np.testing.assert_allclose(running_mean(values, 3), [1.5, 3.0, 5.0, 6.5])


@given(values=st.lists(st.floats(-100, 100), min_size=1, max_size=30), length=st.integers(1, 40))
def test_running_mean_is_the_mean_of_its_window(values, length):
    array = np.array(values)
    for i, mean in enumerate(running_mean(array, length)):
        window = array[max(i - length // 2, 0) : i + (length + 1) // 2]
        assert np.isclose(mean, window.mean(), atol=1e-9)


def test_ways_that_the_files_do_not_serve(case, tmp_path):
    fields = {k: v for k, v in monthly_series().items() if k not in (*LITTER, "NPP")}
    files = [write(tmp_path / "h.nc", fields)]
    with pytest.raises(InputError, match=r"litter input in one of 4 ways.*for npp no NPP"):
        case.build(files)
    with pytest.raises(InputError, match=r"litter_input: vegetation, fVegLitter"):
        case.build(files, litter_input="vegetation")


def test_names_and_units_of_cmip(annual_case, tmp_path):
    fields = annual_series()
    own, _ = annual_case.build([write(tmp_path / "h.nc", fields)], "clm.nc")
    renamed = {name: values for name, values in fields.items() if name != "NPP"}
    renamed["npp"] = fields["NPP"] / 1000.0
    path = write(tmp_path / "cmip.nc", renamed, units={"npp": "kg m-2 s-1"})
    with netCDF4.Dataset(path, "a") as data:
        data.renameVariable("TSOI", "tsl")
        data.renameDimension("levgrnd", "depth")
        data.renameVariable("levgrnd", "depth")
    cmip, _ = annual_case.build([path], "cmip.nc")
    one, other = arrays(own), arrays(cmip)
    assert all(np.allclose(one[name], other[name], rtol=1e-6) for name in one)


def test_temperature_may_be_the_land_models_own_scalar(case, tmp_path):
    fields = monthly_series()
    fields["T_SCALAR"] = np.random.default_rng(7).uniform(0.1, 2.0, fields.pop("TSOI").shape)
    units = UNITS | {"T_SCALAR": "1"}
    source = replace(
        case.source([write(tmp_path / "h.nc", fields, units=units)], years=(1900, 1903)),
        temperature="T_SCALAR",
    )
    block = Block(tmp_path / "0.nc", np.arange(3), CELLS.land_area_m2)
    assert build_series(source, CELLS, [block])[0] == 3
    with open_series(block.path) as series:
        forcing = series.forcing(1902, 1900)
        assert forcing.soil_temperature is None
        expected = at_cells(in_year(fields["T_SCALAR"], 1902))
        np.testing.assert_allclose(forcing.temperature_scalar, expected, rtol=2e-7)
        series.prepare(MatrixModel(MONTHLY), 1902, 1900)


def test_bilinear_scalars_are_those_of_soil(case, tmp_path):
    """Half-way between a cell with soil in all layers and one with bedrock."""
    fields = monthly_series()
    rock = np.full((4, 4), 20.0)
    rock[2, 1] = 3.0
    files = [
        write(tmp_path / "h.nc", fields),
        write_history(tmp_path / "rock.nc", {"nbedrock": rock}, nodes=CLM_NODES),
    ]
    cells = Cells(10.0, np.array([45.0]), np.array([30.0]), np.full(1, 1e12), np.ones(1))
    soil = read_soil(MONTHLY, files)
    write_forcing(grid_forcing(on_cells(soil, cells)), tmp_path / "grid.nc")
    settings = ForcingSeriesSettings(files=("*",), years=(1900, 1903))
    source = SeriesSource(MONTHLY, files, tmp_path / "grid.nc", settings)
    block = Block(tmp_path / "0.nc", np.arange(1), cells.land_area_m2)
    build_series(source, cells, [block])
    with open_series(block.path) as series:
        found = series.forcing(1901, 1901).water_scalar[0]
    west, east = (in_year(fields["W_SCALAR"], 1901)[..., 2, i] for i in (0, 1))
    np.testing.assert_allclose(found[:, :3], (0.5 * (west + east))[:, :3], rtol=1e-6)
    np.testing.assert_allclose(found[:, 3:], west[:, 3:], rtol=1e-6)


def test_accumulated_input_may_be_per_second(case, tmp_path):
    fields = monthly_series()
    own, _ = case.build([write(tmp_path / "h.nc", fields)], "month.nc")
    length = np.tile(SECONDS, 4)[:, None, None, None]
    flux = fields | {name: fields[name] / length for name in LITTER}
    units = dict.fromkeys(LITTER, "gC/m^3/s")
    other, _ = case.build([write(tmp_path / "s.nc", flux, units=units)], "second.nc")
    one, two = arrays(own), arrays(other)
    for name in ("litter_input", "litter_input_by_layer"):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-5)
