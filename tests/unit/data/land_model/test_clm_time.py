"""Time of CLM history: each step gets its month and year, or an error states what is missing.

Every field holds 250 + month + year / 1000, so a climatology that is a month off shows.
"""

import cftime
import netCDF4
import numpy as np
import pytest

from clm_files import LAT, LON, NODES_10
from proda.data.land_model.history import Field, History
from proda.errors import InputError

TSOI = Field(("TSOI",), ("K",), 180, 340)
MONTHS = 250.0 + np.arange(1, 13)


def code(year, month):
    return 250 + month + year / 1000


def starts(first_year, months, calendar="noleap"):
    """First of each month, and of the month after the last."""
    places = [(first_year + i // 12, i % 12 + 1) for i in range(months + 1)]
    return [cftime.datetime(y, m, 1, calendar=calendar) for y, m in places]


def write(path, values, stamps, bounds=None, *, calendar="noleap", **options):
    """A history of one field, with a value per step; stamps and bounds are dates or numbers.

    options: units and dtype of time; name, attribute ("bounds", "climatology" or None), units and
    calendar of bounds.
    """
    units = options.get("units", "days since 0001-01-01")
    with netCDF4.Dataset(path, "w") as data:
        sizes = {"lat": LAT.size, "lon": LON.size, "levgrnd": 10, "nb": 2, "time": None}
        for name, size in sizes.items():
            data.createDimension(name, size)
        for name, axis in (("lat", LAT), ("lon", LON), ("levgrnd", NODES_10[:10])):
            data.createVariable(name, "f8", (name,))[:] = axis
        time = data.createVariable("time", options.get("dtype", "f8"), ("time",))
        time.units, time.calendar = units, calendar
        if len(stamps):
            time[:] = numbers(stamps, units)
        if bounds is not None:
            name = options.get("bounds_name", "time_bounds")
            if options.get("attribute", "bounds"):
                time.setncattr(options.get("attribute", "bounds"), name)
            variable = data.createVariable(name, options.get("dtype", "f8"), ("time", "nb"))
            own = options.get("bounds_units")
            if own:
                variable.units = own
            if "bounds_calendar" in options:
                variable.calendar = options["bounds_calendar"]
            variable[:] = numbers(bounds, own or units)
        field = data.createVariable("TSOI", "f4", ("time", "levgrnd", "lat", "lon"))
        field.units = "K"
        for i, value in enumerate(values):
            field[i] = value
    return path


def numbers(dates, units):
    dates = np.asarray(dates)
    return cftime.date2num(dates, units) if dates.dtype == object else dates


def monthly(path, stamps="end", bounds=True, first_year=2001, months=24, calendar="noleap", **kw):
    """Whole months, stamped at their start, middle, last day or end."""
    edges = starts(first_year, months, calendar)
    values = [code(d.year, d.month) for d in edges[:-1]]
    intervals = np.array([edges[:-1], edges[1:]]).T
    middle = [a + (b - a) / 2 for a, b in intervals]
    last_day = [date - (starts(1, 1)[1] - starts(1, 1)[0]) / 31 for date in edges[1:]]
    places = {"start": edges[:-1], "middle": middle, "last day": last_day, "end": edges[1:]}
    bounds = intervals if bounds else None
    return write(path, values, places[stamps], bounds, calendar=calendar, **kw)


def climatology(path, **options):
    """One value per month."""
    return History(path).mean(TSOI, "month", **options)[:, 0, 0, 0]


# --- bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize("calendar", ["noleap", "365_day", "standard", "gregorian", "360_day"])
@pytest.mark.parametrize("stamps", ["start", "middle", "last day", "end"])
@pytest.mark.parametrize("bounds", [True, False])
def test_months_are_found_from_any_stamp(tmp_path, calendar, stamps, bounds):
    path = monthly(tmp_path / "a.nc", stamps, bounds, calendar=calendar)
    np.testing.assert_allclose(climatology(path), MONTHS + 2.0015, atol=1e-4)
    annual = History(path).mean(TSOI, "year")[:, 0, 0, 0]
    assert annual[1] - annual[0] == pytest.approx(0.001, abs=5e-5)
    assert "model years 2001-2002" in History(path).period(TSOI)


@pytest.mark.parametrize(
    "units",
    [
        "days since 1990-01-01",
        "hours since 2001-01-01",
        "minutes since 0001-01-01 00:00:00",
        "seconds since 2000-06-15 12:00:00",
    ],
)
@pytest.mark.parametrize("of", ["units", "bounds_units"])
def test_bounds_and_time_are_decoded_with_their_own_units(tmp_path, units, of):
    """xarray writes bounds in "hours since" the first step beside time in "days since" another."""
    path = monthly(tmp_path / "a.nc", **{of: units})
    np.testing.assert_allclose(climatology(path), MONTHS + 2.0015, atol=1e-4)
    np.testing.assert_allclose(climatology(path, years=(2002, 2002)), MONTHS + 2.002, atol=1e-4)


def test_bounds_as_xarray_writes_them(tmp_path):
    import xarray as xr

    path = monthly(tmp_path / "a.nc", "middle", first_year=1999)
    with xr.open_dataset(path) as data:
        data["time"].attrs.pop("bounds", None)
        data["time_bounds"].encoding = {}
        data["time"].encoding["units"] = "days since 1850-01-01"
        data.load().to_netcdf(tmp_path / "b.nc")
    with netCDF4.Dataset(tmp_path / "b.nc") as data:
        assert data["time_bounds"].units != data["time"].units
    np.testing.assert_allclose(climatology(tmp_path / "b.nc"), MONTHS + 1.9995, atol=1e-4)


@pytest.mark.parametrize("units", ["days since 0001-01-01", "hours since 1850-01-01"])
def test_times_stored_as_float32(tmp_path, units):
    for bounds in (True, False):
        path = monthly(tmp_path / f"{bounds}.nc", bounds=bounds, units=units, dtype="f4")
        np.testing.assert_allclose(climatology(path), MONTHS + 2.0015, atol=1e-4)


@pytest.mark.parametrize("name", ["time_bnds", "time_bound", "tb"])
def test_bounds_under_other_names(tmp_path, name):
    attribute = "bounds" if name == "tb" else None
    path = monthly(tmp_path / "a.nc", "start", bounds_name=name, attribute=attribute)
    np.testing.assert_allclose(climatology(path), MONTHS + 2.0015, atol=1e-4)
    assert "no time bounds" not in History(path).period(TSOI)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"bounds_units": "days since 1990-01-01", "drop": "units"},
            r"a.nc: time_bounds\[0\]: expected an interval that holds its stamp 2001-02-01, found"
            r" 0012-01-01 to 0012-02-01 \(bounds in another unit than time need an attribute units",
        ),
        ({"bounds_calendar": "360_day"}, r"time_bounds, calendar: expected noleap.*found 360_day"),
        ({"units": "months since 2001-01-01", "number": True}, r"a.nc: time: .*months since"),
        ({"units": "lunations since 2001-01-01", "number": True}, r"a.nc: time: .*'lunations"),
        ({"units": "month", "number": True}, r"a.nc: time: expected units 'days since"),
        ({"calendar": "moon", "number": True}, r"a.nc: time: expected .*calendar 'moon'"),
    ],
)
def test_times_that_cannot_be_placed(tmp_path, options, message):
    drop, number = options.pop("drop", None), options.pop("number", False)
    if number:
        path = write(tmp_path / "a.nc", MONTHS, np.arange(12.0), **options)
    else:
        path = monthly(tmp_path / "a.nc", **options)
    if drop:
        with netCDF4.Dataset(path, "a") as data:
            data["time_bounds"].delncattr(drop)
    with pytest.raises(InputError, match=message):
        History(path)


def test_a_time_without_steps(tmp_path):
    path = write(tmp_path / "a.nc", [], [])
    with pytest.raises(InputError, match=r"a.nc: time: expected at least one step, found none"):
        History(path)


# --- stamps without bounds -----------------------------------------------------------------------


def test_stamps_at_the_start_of_months_are_recognised_by_whole_years(tmp_path, caplog):
    path = monthly(tmp_path / "a.nc", "start", bounds=False)
    history = History(path)
    assert history.period(TSOI) == (
        "24 monthly means, model years 2001-2002 "
        "(no time bounds: stamps are taken as the starts of their intervals)"
    )
    assert "a.nc: no time bounds: stamps are taken as the starts" in caplog.text


def test_the_stamps_of_all_files_tell_together(tmp_path):
    edges = starts(2001, 24)
    for i, date in enumerate(edges[:-1]):
        write(tmp_path / f"{23 - i:02d}.nc", [code(date.year, date.month)], [date])
    paths = str(tmp_path / "*.nc")
    np.testing.assert_allclose(climatology(paths), MONTHS + 2.0015, atol=1e-4)
    (tmp_path / "07.nc").unlink()
    with pytest.raises(InputError, match=r"00.nc and 22 more files: TSOI: time: .*23 stamps from"):
        climatology(paths)


@pytest.mark.parametrize(("first", "months"), [(7, 24), (1, 30), (3, 11)])
def test_stamps_that_could_start_or_end_their_months(tmp_path, first, months):
    edges = starts(2001, 40)[first - 1 : first - 1 + months]
    path = write(tmp_path / "a.nc", [280.0] * months, edges)
    message = r"a.nc: TSOI: time: expected time bounds, or .*which may start or end .*time_bounds"
    with pytest.raises(InputError, match=message):
        climatology(path)


def test_stamps_of_two_kinds(tmp_path):
    edges = starts(2001, 12)[1:]
    edges[3] = edges[3].replace(day=15)
    path = write(tmp_path / "a.nc", MONTHS, edges)
    with pytest.raises(InputError, match=r"found 2001-02-01 and 2001-05-15 \(add the intervals"):
        climatology(path)


def test_some_files_with_bounds_and_some_without(tmp_path):
    monthly(tmp_path / "a.nc", months=12)
    monthly(tmp_path / "b.nc", months=12, first_year=2002, bounds=False)
    with pytest.raises(InputError, match=r"time bounds in all files or in none, found none in .*b"):
        climatology(str(tmp_path / "?.nc"))


@pytest.mark.parametrize(
    ("month", "day", "year", "what"),
    [(1, 1, 2001, "may be"), (7, 1, 2002, "inside"), (12, 31, 2002, "inside")],
)
def test_years_without_bounds(tmp_path, month, day, year, what):
    stamps = [cftime.datetime(2002 + i, month, day, calendar="noleap") for i in range(3)]
    history = History(write(tmp_path / "a.nc", [280.0, 281, 285], stamps))
    assert f"3 annual means, model years {year}-{year + 2}" in history.period(TSOI)
    assert what in history.period(TSOI)
    np.testing.assert_allclose(history.mean(TSOI, "all")[0], 282)
    if what == "inside":
        np.testing.assert_allclose(history.mean(TSOI, "all", years=(2003, 2004))[0], 283)
    else:
        with pytest.raises(InputError, match="expected time bounds, to choose years by"):
            history.mean(TSOI, "all", years=(2002, 2003))


def test_annual_means_of_months_that_had_stamps_only(tmp_path):
    """cdo yearmean then writes bounds from the first to the last stamp of each year."""
    stamps = [cftime.datetime(2001 + i, 6, 16, calendar="noleap") for i in range(3)]
    bounds = [[d.replace(month=1), d.replace(month=12)] for d in stamps]
    history = History(write(tmp_path / "a.nc", [280.0, 281, 285], stamps, bounds))
    assert history.period(TSOI) == "3 annual means, model years 2001-2003"
    np.testing.assert_allclose(history.mean(TSOI, "year")[:, 0, 0, 0], [280, 281, 285])


# --- means over many years -----------------------------------------------------------------------

MEANS = {
    # cdo timmean: from the start of the first month to the end of the last.
    "timmean": ([0.0, 3650.0], {}, "a mean of 10 years"),
    # The same where the months had stamps at their ends and no bounds: first and last stamp.
    "timmean_of_stamps": ([31.0, 3650.0], {}, "a mean of 10 years"),
    "ncclimo": (
        [0.0, 3650.0],
        {"bounds_name": "climatology_bounds", "attribute": "climatology"},
        "a mean of 10 years",
    ),
    # ncra: the averages of the bounds of 120 months.
    "ncra": ([1809.0, 1839.41667], {}, "a mean of several years, as its bounds are averages"),
    "ncra_rounded": ([1809.7, 1840.1], {}, "a mean of several years, as its bounds are averages"),
    "ncra_of_years": ([1642.5, 2007.5], {}, "a mean of several years, as its bounds are averages"),
}


@pytest.mark.parametrize("tool", MEANS)
def test_means_of_many_years_do_where_a_mean_is_wanted(tmp_path, tool):
    bounds, options, phrase = MEANS[tool]
    path = write(tmp_path / "a.nc", [283.5], [np.mean(bounds)], [bounds], **options)
    history = History(path)
    np.testing.assert_allclose(history.mean(TSOI, "all"), 283.5)
    assert history.period(TSOI).startswith(phrase)
    with pytest.raises(InputError, match=f"monthly means, found a step that is {phrase}"):
        history.mean(TSOI, "month")
    with pytest.raises(InputError, match=f"a mean of each year.*found a step that is {phrase}"):
        history.mean(TSOI, "year")
    with pytest.raises(InputError, match=rf"model years 2-5, found a step that is {phrase}"):
        history.mean(TSOI, "all", years=(2, 5))


def test_years_of_a_mean_may_be_named_as_they_are(tmp_path):
    path = write(tmp_path / "a.nc", [283.5], [1825.0], [[0.0, 3650.0]])
    np.testing.assert_allclose(History(path).mean(TSOI, "all", years=(1, 10)), 283.5)


@pytest.mark.parametrize(
    "bounds",
    [
        [0.0, 1000.0],
        [0.0, 3650 + 181.0],
        [59.0, 59 + 92.0],
        [10.0, 40.0],  # 30 days
        [136.0, 166.4],  # averaged bounds of the ten months to October
        [1839.0, 1839 + 30.43],  # and of 118 months from March on
    ],
)
def test_means_of_parts_of_years_favour_a_season(tmp_path, bounds):
    path = write(tmp_path / "a.nc", [283.5], [np.mean(bounds)], [bounds])
    with pytest.raises(InputError, match=r"time: expected monthly or annual means, found steps of"):
        History(path).mean(TSOI, "all")


@pytest.mark.parametrize("attribute", ["climatology", "bounds"])
def test_each_month_over_many_years(tmp_path, attribute):
    """cdo ymonmean and ncclimo: from the first January to the end of the last."""
    edges = starts(1, 12)
    bounds = np.array([edges[:-1], [date.replace(year=date.year + 9) for date in edges[1:]]]).T
    order = np.array([3, 0, 11, *range(4, 11), 1, 2])
    path = write(
        tmp_path / "a.nc",
        MONTHS[order],
        np.array([date.replace(day=15) for date in edges[:-1]])[order],
        bounds[order],
        bounds_name="climatology_bounds",
        attribute=attribute,
    )
    history = History(path)
    np.testing.assert_allclose(climatology(path), MONTHS)
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    expected = (MONTHS * days).sum() / 365
    np.testing.assert_allclose(history.mean(TSOI, "all"), expected)
    assert history.period(TSOI) == "12 monthly means over many years, model years 1-10"
    with pytest.raises(InputError, match="found months of which each is a mean of 10 years"):
        history.mean(TSOI, "year")


def test_a_climatology_with_a_month_twice_or_missing(tmp_path):
    edges = starts(1, 12)
    bounds = np.array([edges[:-1], [date.replace(year=date.year + 9) for date in edges[1:]]]).T
    stamps = [date.replace(day=15) for date in edges[:-1]]
    path = write(tmp_path / "a.nc", MONTHS[:11], stamps[:11], bounds[:11])
    with pytest.raises(InputError, match=r"whole years of monthly means, found month 12 0 times"):
        climatology(path)
    write(tmp_path / "b.nc", MONTHS[:1], stamps[:1], bounds[:1])
    with pytest.raises(InputError, match=r"steps that do not overlap in time"):
        climatology(str(tmp_path / "?.nc"))


def test_months_and_means_together(tmp_path):
    monthly(tmp_path / "a.nc", first_year=1, months=12)
    write(tmp_path / "b.nc", [283.5], [1825.0], [[0.0, 3650.0]])
    with pytest.raises(InputError, match=r"means of one length, found monthly means in .*a.nc and"):
        History(str(tmp_path / "?.nc")).mean(TSOI, "all")


# --- series that were resampled or put together --------------------------------------------------


def test_padding_without_values(tmp_path):
    path = monthly(tmp_path / "a.nc")
    with netCDF4.Dataset(path, "a") as data:
        data["TSOI"][14:16] = np.nan
    message = r"expected values in every step, found none at all in 2002-03 and 1 more of 24 steps"
    with pytest.raises(InputError, match=message):
        climatology(path)
    np.testing.assert_allclose(climatology(path, years=(2001, 2001)), MONTHS + 2.001, atol=1e-4)


@pytest.mark.parametrize("bounds", [True, False])
def test_the_same_month_twice(tmp_path, bounds):
    monthly(tmp_path / "a.nc", "middle", bounds=bounds)
    monthly(tmp_path / "b.nc", "middle", bounds=bounds, first_year=2002, months=12)
    with pytest.raises(InputError, match=r"do not overlap in time, found an overlap between"):
        climatology(str(tmp_path / "?.nc"))


def test_a_gap_of_months(tmp_path):
    edges = starts(2001, 24)
    kept = [i for i in range(24) if i != 6]
    bounds = np.array([edges[:-1], edges[1:]]).T
    values = [code(d.year, d.month) for d in edges[:-1]]
    path = write(tmp_path / "a.nc", np.array(values)[kept], np.array(edges[1:])[kept], bounds[kept])
    with pytest.raises(InputError, match=r"whole years of monthly means, found month 7 1 times"):
        climatology(path)


def test_a_field_without_time_is_told_what_to_add(tmp_path):
    import xarray as xr

    path = monthly(tmp_path / "a.nc")
    with xr.open_dataset(path, decode_times=False) as data:
        data.encoding.clear()
        data[["TSOI"]].mean("time", keep_attrs=True).to_netcdf(tmp_path / "mean.nc")
        data[["TSOI"]].isel(time=0).to_netcdf(tmp_path / "first.nc")
        by_month = data[["TSOI"]].rename(time="month")
        by_month.to_netcdf(tmp_path / "months.nc")
    for name, dims in (("mean", "levgrnd"), ("first", "levgrnd"), ("months", "month, levgrnd")):
        message = rf"TSOI: expected a dimension time, found \({dims}, lat, lon\) .*add the interv"
        with pytest.raises(InputError, match=message):
            History(tmp_path / f"{name}.nc").mean(TSOI, "all")
