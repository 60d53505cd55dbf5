"""Series of forcing: years prepared of climate and input, files, bad cells."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from proda.data.series import SeriesCells, Status, open_series, write_series
from proda.errors import InputError
from proda.model import MatrixModel
from support.series_cases import series_of

STRUCTURES = ("clm45-10", "clm5-20")
both = pytest.mark.parametrize("structure", STRUCTURES)


def same_year(a, b):
    return np.array_equal(a.columns, b.columns) and np.array_equal(a.input_factor, b.input_factor)


@both
def test_file_gives_the_same_years(structure, tmp_path):
    series, model = series_of(structure), MatrixModel(structure)
    write_series(series, tmp_path / "0.nc")
    with open_series(tmp_path / "0.nc") as read:
        assert read.years == series.years
        assert read.base_years == (1900, 1905)
        for climate, carbon in ((1900, 1900), (1905, 1902)):
            assert same_year(
                read.prepare(model, climate, carbon), series.prepare(model, climate, carbon)
            )


@both
def test_climate_is_of_one_year_and_input_of_another(structure):
    series = series_of(structure)
    mixed, of_climate, of_input = (
        series.forcing(*y) for y in ((1903, 1901), (1903, 1903), (1901, 1901))
    )
    np.testing.assert_array_equal(mixed.soil_temperature, of_climate.soil_temperature)
    np.testing.assert_array_equal(mixed.active_layer_depth, of_climate.active_layer_depth)
    for name in ("npp_max",) if structure == "clm45-10" else ("litter_input",):
        np.testing.assert_array_equal(getattr(mixed, name), getattr(of_input, name))
        assert np.all(getattr(mixed, name) != getattr(of_climate, name))


def test_carbon_input_of_each_month_arrives():
    series = series_of("clm5-20")
    year = series.prepare(MatrixModel("clm5-20"), 1900, 1904)
    annual = series.forcing(1900, 1904).litter_input
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    arrived = annual[..., None] / 365.0 * year.input_factor * days
    np.testing.assert_allclose(arrived, series.values.read("litter_input", 4), rtol=1e-6)


@both
def test_columns_do_not_depend_on_the_cells_that_are_taken(structure, tmp_path):
    series, model = series_of(structure, n=7), MatrixModel(structure)
    whole = series.prepare(model, 1902, 1904)
    for rows in (slice(2, 5), np.array([6, 0])):
        assert same_year(series.take(rows).prepare(model, 1902, 1904), whole.take(rows))


def test_bad_cells_are_left_out_and_say_why(tmp_path):
    series = series_of("clm5-20", n=4)
    series.values.values["water_scalar"][3, 1] = np.nan
    cells = replace(
        SeriesCells.plain(4),
        status=np.array([0, Status.MISSING_VALUES, 0, 0], np.int8),
        reason=np.array(["", "W_SCALAR is missing in 1903", "", ""], dtype=object),
    )
    bad = series_of("clm5-20", n=4, cells=cells)
    bad.values.values["water_scalar"][3, 1] = np.nan
    write_series(bad, tmp_path / "0.nc")
    with open_series(tmp_path / "0.nc") as read:
        assert len(read) == 3
        assert read.positions.tolist() == [0, 2, 3]
        assert read.cells.reason[1] == "W_SCALAR is missing in 1903"
        model = MatrixModel("clm5-20")
        others = series_of("clm5-20", n=4).prepare(model, 1903, 1903).take(np.array([0, 2, 3]))
        assert same_year(read.prepare(model, 1903, 1903), others)


def test_a_year_of_all_cells_is_one_chunk(tmp_path):
    write_series(series_of("clm5-20"), tmp_path / "0.nc")
    with netCDF4.Dataset(tmp_path / "0.nc") as data:
        assert data["water_scalar"].chunking() == [1, 5, 12, 20]
        assert data["water_scalar"].dtype == np.float32


def test_years_that_are_not_there():
    series = series_of("clm45-10")
    with pytest.raises(InputError, match=r"1900 to 1905.*found 1906"):
        series.forcing(1906, 1900)
    with pytest.raises(InputError, match="years in 1900-1905"):
        series_of("clm45-10", base_years=(1890, 1905))


def test_what_the_structure_needs_is_required():
    with pytest.raises(InputError, match="soil_water_potential"):
        series = series_of("clm45-10")
        del series.values.values["soil_water_potential"]
        replace(series)
