"""CLM history: months, coordinates, fills, levels, names, and what is missing."""

import numpy as np
import pytest

from clm_files import (
    LAT,
    LITTER,
    LON,
    MONTH_DAYS,
    NODES_10,
    NODES_20,
    field,
    month_bounds,
    monthly_fields,
    read_clm_annual,
    read_clm_monthly,
    write_history,
    write_monthly,
    year_bounds,
)
from proda.data.land_model.history import Field, History, canonical_unit
from proda.data.land_model.products import read_clm_carbon, read_clm_npp
from proda.data.land_model.soil_forcing import annual_litter_input
from proda.errors import InputError
from proda.model.structures import get_structure

TSOI = Field(("TSOI",), ("K",))
INPUTS = get_structure("clm5-20").land_model.litter_inputs


def annual_fields(years=2, levels=15, temperature=280.0):
    return {
        "TSOI": field([temperature] * years, levels),
        "SOILPSI": field([-0.5] * years, levels),
        "ALTMAX": field([2.0] * years),
        "ALTMAX_LASTYEAR": field([1.5] * years),
    }


# --- known answers -------------------------------------------------------------------------------


def test_annual_forcing_has_the_values_units_and_axes_of_the_file(tmp_path):
    fields = annual_fields()
    fields["TSOI"][0] += 4  # two years, 284 and 280
    fields["SOILPSI"] *= np.linspace(0.1, 1, 15)[:, None, None]
    file = write_history(tmp_path / "clm.nc", fields, year_bounds(2))
    result = read_clm_annual(file, NODES_10[:10])
    assert result.soil_temperature.dims == ("layer", "lat", "lon")
    np.testing.assert_allclose(result.soil_temperature, 282)
    np.testing.assert_allclose(
        result.soil_water_potential[:, 1, 1], -0.5 * np.linspace(0.1, 1, 15)[:10]
    )
    np.testing.assert_allclose(result.active_layer_depth, 1.5)
    assert result.soil_water_potential.attrs["units"] == "MPa"
    assert result.attrs["substituted_fields"] == "none"
    assert result.attrs["period"] == "2 annual means, model years 1-2"
    assert result.attrs["vertical_grid"] == "layers 1-10 of 15 levels"
    np.testing.assert_allclose(result.depth, NODES_10[:10])


@pytest.mark.parametrize("with_bounds", [True, False])
def test_january_is_january(tmp_path, with_bounds):
    """The stamp of January is 1 February; the climatology must not be a month late."""
    paths = write_monthly(tmp_path, with_bounds=with_bounds)
    result = read_clm_monthly(paths, NODES_20[:20])
    np.testing.assert_allclose(result.soil_temperature[:, 0, 0, 0], 270 + np.arange(1, 13))
    assert result.attrs["period"].startswith("24 monthly means, model years 661-662")


def test_without_bounds_a_warning_says_what_is_assumed(tmp_path, caplog):
    result = read_clm_monthly(write_monthly(tmp_path, with_bounds=False), NODES_20[:20])
    assert "h0.nc: no time bounds" in caplog.text
    assert "stamps are taken as the ends" in result.attrs["period"]


def test_a_single_step_without_bounds_could_be_a_month_or_a_year(tmp_path):
    path = write_history(tmp_path / "a.nc", annual_fields(1), year_bounds(1), with_bounds=False)
    with pytest.raises(
        InputError, match=r"expected time bounds, or more than one step, found neither"
    ):
        read_clm_annual(path, NODES_10[:10])


@pytest.mark.parametrize("with_bounds", [True, False])
def test_mean_of_months_weighs_them_by_their_length(tmp_path, with_bounds):
    temperature = 270.0 + np.arange(12)
    fields = {
        "TSOI": field(temperature, 15),
        "SOILPSI": field(-np.ones(12), 15),
        "ALTMAX_LASTYEAR": field(np.ones(12)),
    }
    path = write_history(tmp_path / "m.nc", fields, month_bounds(12), with_bounds=with_bounds)
    result = read_clm_annual(path, NODES_10[:10])
    expected = (temperature * MONTH_DAYS).sum() / 365
    np.testing.assert_allclose(result.soil_temperature, expected, rtol=1e-7)
    assert abs(expected - temperature.mean()) > 0.01


def test_monthly_climatology(tmp_path):
    fields = monthly_fields()
    fields["W_SCALAR"][12:] *= 0.5
    result = read_clm_monthly(write_monthly(tmp_path, fields), NODES_20[:20])
    month = np.arange(1, 13)
    assert dict(result.soil_temperature.sizes) == {"month": 12, "layer": 20, "lat": 4, "lon": 4}
    np.testing.assert_allclose(result.water_scalar[:, 3, 2, 1], 0.75 * month / 12, rtol=1e-6)
    np.testing.assert_allclose(result.nitrogen_scalar, 0.5)
    larger = np.maximum(month / 2, 3)
    np.testing.assert_allclose(result.active_layer_depth[:, 0, 0], larger, rtol=1e-6)
    np.testing.assert_allclose(result.active_layer_depth_last_year, 3)
    np.testing.assert_allclose(result.input_lignin[:, 0, 0, 0], month)
    assert result.input_cwd.attrs["units"] == "g m-3 month-1"
    np.testing.assert_array_equal(result.bedrock_layer, 12)
    assert "sand" not in result
    assert result.attrs["vertical_grid"] == "layers 1-20 of 20 levels"


def test_litter_input_per_second_becomes_input_per_month(tmp_path):
    units = dict.fromkeys(LITTER, "gC/m^3/s")
    fields = monthly_fields()
    fields["CWD_INPUT_ACC_VECTOR"][:] = 1e-6
    result = read_clm_monthly(write_monthly(tmp_path, fields, units=units), NODES_20[:20])
    np.testing.assert_allclose(result.input_cwd[:, 0, 0, 0], 1e-6 * 86400 * MONTH_DAYS, rtol=1e-6)


def test_optional_sand(tmp_path):
    paths = write_monthly(tmp_path)
    sand = np.broadcast_to(np.arange(25.0)[:, None, None], (25, 4, 4))
    paths.append(write_history(tmp_path / "sand.nc", {"CELLSAND": sand}, nodes=NODES_20))
    result = read_clm_monthly(paths, NODES_20[:20])
    np.testing.assert_allclose(result.sand[:, 1, 2], np.arange(20))


def test_sand_at_other_levels_is_interpolated_for_the_annual_product(tmp_path):
    file = write_history(tmp_path / "a.nc", annual_fields(1, 25), year_bounds(1), nodes=NODES_20)
    sand = np.broadcast_to(10 + NODES_20[:, None, None], (25, 4, 4))
    fixed = write_history(tmp_path / "sand.nc", {"CELLSAND": sand}, nodes=NODES_20)
    result = read_clm_annual([file, fixed], NODES_10[:10])
    expected = 10 + np.maximum(NODES_10[:10], 0.01)
    np.testing.assert_allclose(result.sand[:, 0, 0], expected, rtol=1e-6)


def test_litter_input_of_a_year(tmp_path):
    fields = monthly_fields()
    for name in LITTER:
        fields[name] /= 16  # exact in binary
    fields["CWD_INPUT_ACC_VECTOR"] *= np.arange(20)[:, None, None]
    monthly = read_clm_monthly(write_monthly(tmp_path, fields), NODES_20[:20])
    thickness = np.linspace(0.02, 1.14, 20)
    result = annual_litter_input(monthly, INPUTS, thickness)
    assert result.litter_input.dims == ("pool", "lat", "lon")
    np.testing.assert_allclose(result.litter_input[0], 4.875 * (np.arange(20) * thickness).sum())
    np.testing.assert_allclose(result.litter_input[1:], 4.875 * thickness.sum())
    np.testing.assert_allclose(result.litter_input_by_layer[0, :, 2, 2], 4.875 * np.arange(20))


def test_litter_input_is_the_same_where_its_months_are_not_kept(tmp_path):
    rng = np.random.default_rng(3)
    fields = monthly_fields(years=2)
    fields |= {name: rng.random(fields[name].shape) for name in LITTER}
    paths, thickness = write_monthly(tmp_path, fields), np.full(20, 0.05)
    by_month = read_clm_monthly(paths, NODES_20[:20])
    of_year = read_clm_monthly(paths, NODES_20[:20], input_by_month=False)
    assert by_month["input_cwd"].dims[0] == "month" and "month" not in of_year["input_cwd"].dims
    summed = annual_litter_input(of_year, INPUTS, thickness)
    assert summed.drop_vars("month", errors="ignore").identical(
        annual_litter_input(by_month, INPUTS, thickness)
    )


def test_longitudes_and_rows_keep_to_the_coordinates_of_the_file(tmp_path):
    """On the f19 grid, latitude is a multiple of 180/95: half a cell from what an index gives."""
    lat, lon = np.linspace(-90, 90, 96), np.arange(0, 360, 2.5)
    pattern = 250 + 0.1 * lat[:, None] + 0.01 * ((lon + 180) % 360 - 180)
    fields = {
        "TSOI": np.broadcast_to(pattern, (1, 15, 96, 144)),
        "SOILPSI": field([-1], 15, 96, 144),
        "ALTMAX_LASTYEAR": field([1], 0, 96, 144),
    }
    path = write_history(tmp_path / "f19.nc", fields, year_bounds(1), lat=lat, lon=lon)
    result = read_clm_annual(path, NODES_10[:10])
    np.testing.assert_allclose(result.lat, lat)
    np.testing.assert_allclose(result.lon, np.arange(-180, 180, 2.5))
    expected = 250 + 0.1 * result.lat + 0.01 * result.lon
    np.testing.assert_allclose(result.soil_temperature[0], expected, rtol=1e-6)


def test_latitude_from_north_to_south_is_turned(tmp_path):
    fields = annual_fields(1)
    fields["TSOI"] += np.arange(4)[:, None]
    path = write_history(tmp_path / "n.nc", fields, year_bounds(1), lat=LAT[::-1])
    result = read_clm_annual(path, NODES_10[:10])
    np.testing.assert_allclose(result.lat, LAT)
    np.testing.assert_allclose(result.soil_temperature[0, :, 0], [283, 282, 281, 280])


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("fill_attribute", [True, False])
@pytest.mark.parametrize("fill", [np.float32(1e36), np.float32(1e20)])
def test_fill_values_are_missing_even_without_their_attribute(
    tmp_path, dtype, fill_attribute, fill
):
    fields = annual_fields()
    fields["TSOI"][:, :, 2, 3] = np.nan
    path = write_history(
        tmp_path / "f.nc",
        fields,
        year_bounds(2),
        dtype=dtype,
        fill=fill,
        fill_attribute=fill_attribute,
    )
    values = read_clm_annual(path, NODES_10[:10]).soil_temperature
    lon = int(np.flatnonzero(values.lon == -90)[0])
    assert np.isnan(values[:, 2, lon]).all()
    assert np.isfinite(values).sum() == 150


def test_a_cell_missing_part_of_the_time_is_excluded(tmp_path, caplog):
    fields = annual_fields()
    fields["TSOI"][1, :, 0, 0] = np.nan
    result = read_clm_annual(
        write_history(tmp_path / "p.nc", fields, year_bounds(2)), NODES_10[:10]
    )
    assert np.isnan(result.soil_temperature.sel(lat=-90, lon=0)).all()
    assert "TSOI: 10 values are missing part of the time" in caplog.text


def test_fields_and_months_may_be_spread_over_files(tmp_path):
    fields, bounds = monthly_fields(), month_bounds(24, 661)
    units = dict.fromkeys(LITTER, "gC m-3")
    common = {"nodes": NODES_20, "level": "levsoi", "units": units}
    write_history(tmp_path / "rock.nc", {"nbedrock": np.full((4, 4), 20)}, nodes=NODES_20)
    for month in range(24):  # one file a month, all fields but TSOI; named so that order is wrong
        part = {name: v[month : month + 1] for name, v in fields.items() if name != "TSOI"}
        write_history(
            tmp_path / f"h0.{23 - month:02d}.nc", part, bounds[month : month + 1], **common
        )
    for i in (0, 1):  # TSOI as a series, the second year counted from another day
        part = {"TSOI": fields["TSOI"][12 * i : 12 * i + 12]}
        shifted = bounds[12 * i : 12 * i + 12] - 365 * 660 * i
        start = f"days since {1 + 660 * i:04d}-01-01 00:00:00"
        write_history(tmp_path / f"TSOI.{i}.nc", part, shifted, time_units=start, **common)
    together = read_clm_monthly(write_monthly(tmp_path), NODES_20[:20])
    spread = read_clm_monthly(
        [str(tmp_path / "h0.??.nc"), tmp_path / "rock.nc", str(tmp_path / "TSOI.*.nc")],
        NODES_20[:20],
    )
    assert spread.attrs["period"] == together.attrs["period"]
    for name in ("soil_temperature", "water_scalar", "input_cwd", "active_layer_depth"):
        np.testing.assert_array_equal(spread[name], together[name])


def test_reading_in_blocks_changes_nothing(tmp_path, monkeypatch):
    paths = write_monthly(tmp_path)
    whole = read_clm_monthly(paths, NODES_20[:20])
    monkeypatch.setattr("proda.data.land_model.history.BLOCK_BYTES", 5 * 8 * 20 * 16)
    assert read_clm_monthly(paths, NODES_20[:20]).identical(whole)


def test_levels_of_another_grid_are_interpolated_in_depth(tmp_path):
    """A profile linear in depth comes out exact; above the first node its value holds."""
    profile = 280 + NODES_20
    fields = annual_fields(1, 25)
    fields["TSOI"] = np.broadcast_to(profile[:, None, None], (1, 25, 4, 4))
    path = write_history(tmp_path / "l.nc", fields, year_bounds(1), nodes=NODES_20)
    result = read_clm_annual(path, NODES_10[:10])
    expected = 280 + np.maximum(NODES_10[:10], 0.01)
    np.testing.assert_allclose(result.soil_temperature[:, 0, 0], expected, rtol=1e-6)
    assert result.attrs["vertical_grid"] == "linear interpolation in depth from 25 levels"


def test_years_can_be_chosen(tmp_path):
    fields = annual_fields(3)
    fields["TSOI"] += np.arange(3)[:, None, None, None]
    path = write_history(tmp_path / "y.nc", fields, year_bounds(3, 661))
    result = read_clm_annual(path, NODES_10[:10], years=(662, 663))
    np.testing.assert_allclose(result.soil_temperature, 281.5)
    with pytest.raises(InputError, match=r"expected model years 660-662, found .* without 660"):
        read_clm_annual(path, NODES_10[:10], years=(660, 662))


@pytest.mark.parametrize(
    "names",
    [("SOIL1C_vr", "SOIL2C_vr", "SOIL3C_vr"), ("SOM_ACT_C_vr", "SOM_SLO_C_vr", "SOM_PAS_C_vr")],
)
def test_own_carbon_under_old_and_new_names(tmp_path, names):
    fields = {name: field([10.0 * 10**i], 20) for i, name in enumerate(names)}
    path = write_history(
        tmp_path / "c.nc",
        fields,
        year_bounds(1),
        nodes=NODES_20,
        level="levsoi",
        units=dict.fromkeys(names, "gC/m^3"),
    )
    result = read_clm_carbon(path, NODES_20[:20])
    np.testing.assert_allclose(result.soil_carbon_density, 1110)


def test_npp_per_year(tmp_path):
    flux = 1e-5 * np.array([1.0, 2.0, 6.0])
    path = write_history(tmp_path / "n.nc", {"NPP": field(flux)}, year_bounds(3))
    result = read_clm_npp(path)
    for name, value in (("npp_mean", 3e-5), ("npp_min", 1e-5), ("npp_max", 6e-5)):
        np.testing.assert_allclose(result[name], value * 86400 * 365, rtol=1e-6)
        assert result[name].attrs["units"] == "g m-2 year-1"


def test_npp_of_months_is_summed_with_their_lengths(tmp_path):
    flux = 1e-6 * np.arange(1, 13)
    path = write_history(tmp_path / "n.nc", {"NPP": field(flux)}, month_bounds(12))
    expected = (flux * MONTH_DAYS).sum() * 86400
    np.testing.assert_allclose(read_clm_npp(path).npp_mean, expected, rtol=1e-6)


@pytest.mark.parametrize("bounds", [[0.0, 3650.0], [1809.7, 1840.1]])
def test_a_mean_of_many_years_serves_the_annual_structure_and_no_other(tmp_path, bounds):
    """In the bounds of cdo timmean, and in those of ncra, which are as far apart as a month is
    long."""
    bounds = np.array([bounds])
    path = write_history(tmp_path / "a.nc", annual_fields(1) | {"NPP": field([1e-5])}, bounds)
    result = read_clm_annual(path, NODES_10[:10])
    np.testing.assert_allclose(result.soil_temperature, 280)
    assert result.attrs["period"].startswith("a mean of ")
    with pytest.raises(InputError, match=r"a.nc: NPP: expected a mean of each year.* is a mean of"):
        read_clm_npp(path)
    (tmp_path / "m").mkdir()
    fields = {name: values[:1] for name, values in monthly_fields().items()}
    units = dict.fromkeys(LITTER, "gC/m^3/month")
    options = {"nodes": NODES_20, "level": "levsoi", "units": units}
    path = write_history(tmp_path / "m" / "a.nc", fields, bounds, **options)
    with pytest.raises(InputError, match=r"a.nc: TSOI: expected monthly means.* is a mean of"):
        read_clm_monthly(path, NODES_20[:20], {"nbedrock": {"value": 20}})


# --- substitutes ---------------------------------------------------------------------------------


def test_missing_fields_take_the_chosen_substitutes_and_tell(tmp_path):
    fields = annual_fields(1)
    del fields["SOILPSI"], fields["ALTMAX_LASTYEAR"]
    fields["TSOI"][:, :, 0, 0] = np.nan
    path = write_history(tmp_path / "s.nc", fields, year_bounds(1))
    choice = {"SOILPSI": {"value": -0.1}, "ALTMAX_LASTYEAR": {"use": "ALTMAX"}}
    result = read_clm_annual(path, NODES_10[:10], choice)
    assert result.attrs["substituted_fields"] == (
        "SOILPSI set to -0.1 everywhere; ALTMAX_LASTYEAR taken from ALTMAX"
    )
    np.testing.assert_allclose(result.active_layer_depth, 2)
    potential = result.soil_water_potential
    assert potential.shape == (10, 4, 4)
    assert np.isnan(potential.sel(lat=-90, lon=0)).all()  # a constant is no land
    assert (potential.sel(lat=-30) == -0.1).all()


def test_sand_may_be_set_where_the_files_have_none(tmp_path):
    fields = annual_fields(1)
    fields["TSOI"][:, :, 0, 0] = np.nan
    path = write_history(tmp_path / "s.nc", fields, year_bounds(1))
    result = read_clm_annual(path, NODES_10[:10], {"CELLSAND": {"value": 43}})
    assert result.attrs["substituted_fields"] == "CELLSAND set to 43 everywhere"
    assert result.sand.shape == (10, 4, 4)
    assert np.isnan(result.sand.sel(lat=-90, lon=0)).all()
    assert (result.sand.sel(lat=-30) == 43).all()


def test_a_substitute_is_not_used_for_a_field_that_is_there(tmp_path):
    path = write_history(tmp_path / "s.nc", annual_fields(1), year_bounds(1))
    result = read_clm_annual(path, NODES_10[:10], {"SOILPSI": {"value": -9}})
    np.testing.assert_allclose(result.soil_water_potential, -0.5)
    assert result.attrs["substituted_fields"] == "none"


def test_monthly_substitutes(tmp_path):
    fields = monthly_fields()
    del fields["FPI_vr"], fields["ALTMAX_LASTYEAR"], fields["CWD_INPUT_ACC_VECTOR"]
    file = write_monthly(tmp_path, fields)[0]
    choice = {
        "FPI_vr": {"value": 1},
        "ALTMAX_LASTYEAR": {"use": "ALTMAX"},
        "nbedrock": {"value": 20},
        "CWD_INPUT_ACC_VECTOR": {"value": 0},
    }
    result = read_clm_monthly(file, NODES_20[:20], choice)
    assert result.nitrogen_scalar.shape == (12, 20, 4, 4)
    assert (result.nitrogen_scalar == 1).all() and (result.input_cwd == 0).all()
    np.testing.assert_allclose(result.active_layer_depth_last_year[:, 0, 0], np.arange(1, 13) / 2)
    assert (result.bedrock_layer == 20).all()


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({}, r"s.nc: SOILPSI, ALTMAX_LASTYEAR: .*found only ALTMAX, TSOI .*missing_fields"),
        ({"SOILPSI": {"value": 0.5}}, r"missing_fields: SOILPSI: expected .*0\] MPa, found 0.5"),
        ({"SOILPSI": {"value": "dry"}}, r"missing_fields: SOILPSI: expected numbers, found list"),
        ({"SOILPSI": -0.1}, r"missing_fields: SOILPSI: expected either \{value"),
        ({"SOILPSI": {"use": "TSOI"}}, r"missing_fields: SOILPSI: expected .*same unit.*'TSOI'"),
        (
            {"TSOI": {"value": 280}},
            r"missing_fields: TSOI: .*'TSOI' \(it also shows where there is land",
        ),
        ({"SOILPSY": {"value": -1}}, r"missing_fields: SOILPSY: expected one of SOILPSI"),
    ],
)
def test_missing_fields_that_are_not_chosen_well(tmp_path, choice, message):
    fields = annual_fields(1)
    del fields["SOILPSI"], fields["ALTMAX_LASTYEAR"]
    path = write_history(tmp_path / "s.nc", fields, year_bounds(1))
    with pytest.raises(InputError, match=message):
        read_clm_annual(path, NODES_10[:10], choice)


def test_what_has_no_substitute_is_named(tmp_path):
    fields = monthly_fields()
    del fields["FPI_vr"], fields["CWD_INPUT_ACC_VECTOR"]
    with pytest.raises(InputError, match=r"no substitute can be given for CWD_INPUT_ACC_VECTOR\)"):
        read_clm_monthly(write_monthly(tmp_path, fields), NODES_20[:20])


# --- values that no soil has ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["TSOI", "W_SCALAR", "FPI_vr", "ALTMAX", *LITTER])
@pytest.mark.parametrize("fill", [-9999.0, -999.0, 9999.0])
def test_an_undeclared_fill_value_is_named_with_its_place(tmp_path, name, fill):
    fields = monthly_fields()
    fields[name][13, ..., 1, 2] = fill
    with pytest.raises(InputError) as error:
        monthly = read_clm_monthly(write_monthly(tmp_path, fields), NODES_20[:20])
        annual_litter_input(monthly, INPUTS, np.full(20, 0.05))
    of_a_month = [f"found {fill:g} at step 13, "] if name not in LITTER or fill < 0 else []
    for part in ("h0.nc", name, *of_a_month, "lat -30, lon -180; ", " values"):
        assert part in str(error.value)


@pytest.mark.parametrize(("beyond", "fits"), [(1e-6, True), (1e-4, True), (0.01, False)])
def test_scalars_beyond_0_and_1_by_rounding(tmp_path, beyond, fits):
    """Packing and regridding carry a scalar a little beyond its range."""
    fields = monthly_fields()
    fields["W_SCALAR"][0], fields["W_SCALAR"][11] = -beyond, 1 + beyond
    paths = write_monthly(tmp_path, fields)
    if fits:
        scalar = read_clm_monthly(paths, NODES_20[:20]).water_scalar
        assert float(scalar.min()) >= 0 and float(scalar.max()) <= 1
        return
    with pytest.raises(
        InputError, match=r"W_SCALAR: expected values in \[0, 1\] 1, found -0.0(1|0999)"
    ):
        read_clm_monthly(paths, NODES_20[:20])


@pytest.mark.parametrize("layer", [0, 21, -9999])
def test_bedrock_above_the_first_or_below_the_last_layer(tmp_path, layer):
    file, _ = write_monthly(tmp_path)
    rock = write_history(tmp_path / "r.nc", {"nbedrock": np.full((4, 4), layer)}, nodes=NODES_20)
    with pytest.raises(InputError, match=rf"r.nc: nbedrock: .*\[1, 20\], found {layer} at lat -90"):
        read_clm_monthly([file, rock], NODES_20[:20])


@pytest.mark.parametrize(
    ("flux", "message"),
    [
        (
            9e-4,
            r"NPP: expected values in \[-500, 3270\] gC m-2 yr-1, found 28382[.0-9]+ at year 0",
        ),
        (1e-8, r"NPP: expected npp .*found 0.31536 .*looks like"),
        (-9999, r"NPP: expected values in \[-0.001, 0.001\] gC m-2 s-1, found -9999 at step 0"),
    ],
)
def test_npp_of_no_vegetation(tmp_path, flux, message):
    path = write_history(tmp_path / "n.nc", {"NPP": field([flux])}, year_bounds(1))
    with pytest.raises(InputError, match=message):
        read_clm_npp(path)


def test_litter_of_a_year_beyond_all_production(tmp_path):
    """Numbers of a year written as those of a month."""
    monthly = read_clm_monthly(write_monthly(tmp_path), NODES_20[:20])
    message = r"h0.nc and 1 more files: CWD_INPUT.*\[0, 3270\] gC m-2 yr-1, found 37440 at lat -90"
    with pytest.raises(InputError, match=message):
        annual_litter_input(monthly, INPUTS, np.full(20, 6.0))
    tiny = monthly.map(lambda variable: variable * 1e-8, keep_attrs=True)
    with pytest.raises(InputError, match=r"expected litter_input .* with a median of 1 to 2500"):
        annual_litter_input(tiny, INPUTS, np.full(20, 1.0))


def test_fields_that_lack_land_are_told(tmp_path, caplog):
    fields = monthly_fields()
    fields["ALTMAX"][:, 1:3, 2] = np.nan  # fill in deserts
    read_clm_monthly(write_monthly(tmp_path, fields), NODES_20[:20])
    assert "active_layer_depth is missing in 2 of 16 cells that have other fields" in caplog.text


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "unit", "value", "message"),
    [
        ("TSOI", "degC", 10, r"a.nc: TSOI: expected units K, found units 'degC'"),
        ("TSOI", None, 280, r"a.nc: TSOI: expected units K, found no units attribute"),
        ("TSOI", "K", 12.5, r"a.nc: TSOI: expected values in \[180, 340\] K, found 12.5 .*kelvin"),
        ("SOILPSI", "MPa", 0.5, r"a.nc: SOILPSI: expected values in \[-1000, 0\] MPa, found 0.5"),
        ("SOILPSI", "kPa", -50, r"SOILPSI: expected units MPa, found units 'kPa'"),
        ("ALTMAX_LASTYEAR", "cm", 1, r"ALTMAX_LASTYEAR: expected units m, found units 'cm'"),
    ],
)
def test_units_and_impossible_values(tmp_path, name, unit, value, message):
    fields = annual_fields(1)
    fields[name][..., 1, 1] = value
    path = write_history(tmp_path / "a.nc", fields, year_bounds(1), units={name: unit})
    with pytest.raises(InputError, match=message):
        read_clm_annual(path, NODES_10[:10])


def test_incomplete_years_would_favour_a_season(tmp_path):
    fields = {name: v[:11] for name, v in monthly_fields().items()}
    with pytest.raises(InputError, match=r"whole years of monthly means, found month 12 0 times"):
        read_clm_monthly(write_monthly(tmp_path, fields), NODES_20[:20])
    npp = write_history(tmp_path / "n.nc", {"NPP": field(np.zeros(18))}, month_bounds(18))
    with pytest.raises(InputError, match=r"NPP: .*found 2 with 6 months"):
        read_clm_npp(npp)


def test_annual_means_have_no_months(tmp_path):
    path = write_history(tmp_path / "a.nc", annual_fields(), year_bounds(2))
    with pytest.raises(InputError, match=r"a.nc: TSOI: expected monthly means, found annual means"):
        History(path).mean(TSOI, "month")


def test_the_same_time_twice(tmp_path):
    for name in ("a.nc", "b.nc"):
        write_history(tmp_path / name, annual_fields(), year_bounds(2))
    with pytest.raises(
        InputError, match=r"do not overlap in time, found an overlap between .*a.nc"
    ):
        read_clm_annual(str(tmp_path / "*.nc"), NODES_10[:10])


def test_daily_means_are_not_taken_for_months(tmp_path):
    bounds = np.stack([np.arange(24.0), np.arange(1.0, 25)], axis=1)
    path = write_history(tmp_path / "d.nc", annual_fields(24), bounds)
    with pytest.raises(InputError, match=r"monthly or annual means, found steps of 1 to 1 days"):
        read_clm_annual(path, NODES_10[:10])


def test_files_of_different_grids(tmp_path):
    write_history(tmp_path / "a.nc", annual_fields(1), year_bounds(1))
    write_history(tmp_path / "b.nc", {"NPP": field([0.0])}, year_bounds(1), lon=LON + 45)
    with pytest.raises(InputError, match=r"b.nc: lat, lon: expected the 4 x 4 grid of .*a.nc"):
        read_clm_annual(str(tmp_path / "*.nc"), NODES_10[:10])


def test_levels_too_shallow_or_not_the_models(tmp_path):
    fields = annual_fields(1, 10)
    path = write_history(tmp_path / "a.nc", fields, year_bounds(1), nodes=NODES_10[:10])
    with pytest.raises(InputError, match=r"TSOI levels: expected nodes at 0.01 \.\.\. 8.03 m"):
        read_clm_annual(path, NODES_20[:20])
    (tmp_path / "m").mkdir()
    with pytest.raises(InputError, match=r"h0.nc.*TSOI levels: expected nodes at 0.0071"):
        read_clm_monthly(write_monthly(tmp_path / "m"), NODES_10[:10])


def test_level_numbers_are_not_depths(tmp_path):
    path = write_history(
        tmp_path / "a.nc", annual_fields(1), year_bounds(1), nodes=np.arange(1, 16)
    )
    with pytest.raises(InputError, match=r"a.nc: levgrnd: expected node depths in m that increase"):
        read_clm_annual(path, NODES_10[:10])


def test_files_of_different_levels(tmp_path):
    write_history(tmp_path / "a.nc", annual_fields(1), year_bounds(1))
    write_history(tmp_path / "b.nc", {"nbedrock": np.ones((4, 4))}, nodes=NODES_20)
    with pytest.raises(InputError, match=r"b.nc: levgrnd: expected the node depths of .*a.nc"):
        read_clm_annual(str(tmp_path / "*.nc"), NODES_10[:10])


def test_levels_without_depths(tmp_path):
    path = write_history(tmp_path / "a.nc", annual_fields(1, 20), year_bounds(1), level="levsoi")
    with pytest.raises(InputError, match=r"TSOI: expected node depths of its 20 levels .* levsoi"):
        read_clm_annual(path, NODES_10[:10])


def test_files_that_are_not_there_or_not_netcdf(tmp_path):
    with pytest.raises(
        InputError, match=r"none\*.nc: expected at least one netCDF file, found none"
    ):
        History(str(tmp_path / "none*.nc"))
    (tmp_path / "text.nc").write_text("<html>")
    with pytest.raises(
        InputError, match=r"text.nc: expected a whole netCDF file of land model history"
    ):
        History(tmp_path / "text.nc")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("gC/m^2/s", "gC m-2 s-1"),
        ("gC m-2 s-1", "gC m-2 s-1"),
        ("gC/m2/s", "gC m-2 s-1"),
        ("g C m^-2 s^-1", "gC m-2 s-1"),
        ("gC/m^3", "gC m-3"),
        ("gC/m**2 s-1", "gC m-2 s-1"),
        ("unitless", "1"),
        ("proportion", "1"),
        ("kelvin", "K"),
        ("%", "%"),
        ("kPa", "kPa"),
    ],
)
def test_spellings_of_units(text, unit):
    assert canonical_unit(text) == unit


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.8])
def test_a_truncated_file_is_refused_though_the_library_would_read_zeros(tmp_path, kept):
    path = write_history(tmp_path / "a.nc", annual_fields(2, 15), year_bounds(2))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(InputError, match=r"a.nc: expected a (whole netCDF file|netCDF file of)"):
        read_clm_annual(path, NODES_10[:10])


def test_production_that_is_0_everywhere(tmp_path):
    path = write_history(tmp_path / "a.nc", {"NPP": field([0.0] * 12)}, month_bounds(12))
    with pytest.raises(InputError, match=r"a.nc: NPP: .*production somewhere, found 0 everywhere"):
        read_clm_npp(path)
