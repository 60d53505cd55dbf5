"""What goes in comes out, accepted or with one reason, whatever the order of the rows."""

import random

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from proda.data.profiles import collect_profiles, read_horizons, read_ledger, write_horizons
from proda.data.profiles.ledger import REASONS, Ledger
from proda.data.region import Region
from proda.errors import InputError

HEADER = (
    "profile_id,longitude,latitude,upper_depth_cm,lower_depth_cm,organic_carbon_g_kg,"
    "bulk_density_kg_dm3,coarse_fragments_pct,horizon"
)
BOX = Region("box", shapely.box(-125, 24, -66, 50), {}).contains
# One row for each reason a horizon can have, in a profile that lives without it.
GOOD = ("g,-100,40,0,10,20,1.3,0,A", "g,-100,40,10,30,10,1.3,0,B")
BAD = {
    "organic_or_litter": ("g,-100,40,30,32,300,0.2,0,Oe", "g,-100,40,-3,0,300,0.2,0,A"),
    "unreadable_value": ("g,-100,40,30,40,x,1.3,0,B",),
    "no_carbon_value": ("g,-100,40,30,40,,1.3,0,B",),
    "invalid_depths": (
        "g,-100,40,40,40,5,1.3,0,B",
        "g,-100,40,50,40,5,1.3,0,B",
        "g,-100,40,,40,5,1.3,0,B",
        "g,-100,40,10,3001,5,1.3,0,B",
    ),
    "missing_code_depth": ("g,-100,40,10,9999,5,1.3,0,B", "g,-100,40,-9999,40,5,1.3,0,B"),
    "missing_code_carbon": ("g,-100,40,30,40,-1,1.3,0,B", "g,-100,40,30,40,-9999.0,1.3,0,B"),
    "missing_code_density": ("g,-100,40,30,40,5,-999,0,B", "g,-100,40,30,40,5,99.9,0,B"),
    "missing_code_fragments": ("g,-100,40,30,40,5,1.3,-1,B", "g,-100,40,30,40,5,1.3,999,B"),
    "rounding_residue": (
        "g,-100,40,30,40,8.9e-15,1.3,0,B",
        "g,-100,40,30,40,-2.2e-15,,,B",
        "g,-100,40,30,40,9.9e-5,1.3,0,B",
        "g,-100,40,30,40,5,1.3,99.9999999,B",
    ),
    "below_detection": (
        "g,-100,40,30,40,0.0001,1.3,0,B",
        "g,-100,40,30,40,0.0999,1.3,0,B",
        "g,-100,40,30,40,-0.9,1.3,0,B",
        "g,-100,40,30,40,5,1.3,99.99,B",
    ),
    "implausible_value": (
        "g,-100,40,30,40,581,1.3,0,B",
        "g,-100,40,30,40,-1.1,1.3,0,B",
        "g,-100,40,30,40,1e307,1.3,0,B",
        "g,-100,40,30,40,5,2.66,0,B",
        "g,-100,40,30,40,5,0.04,0,B",
        "g,-100,40,30,40,5,0,0,B",
        "g,-100,40,30,40,5,1.3,101,B",
        "g,-100,40,30,40,5,1.3,-2,B",
        "g,-100,40,30,40,300,1.3,0,B",  # 390 kg m-3 of carbon
    ),
    "zero_carbon": (
        "g,-100,40,30,40,0,1.3,0,B",
        "g,-100,40,30,40,0,,,B",
        "g,-100,40,30,40,5,1.3,100,B",
    ),
    "duplicate_horizon": ("g,-100,40,10,30,10,1.3,0,B", "g,-100,40,10,30,10,,,B"),
    "averaged_replicate": (
        "g,-100,40,10,30,11,1.3,0,B",
        "g,-100,40,11,29,19,,0,A",
        "g,-100,40,15,25,10,1.3,0,B",
    ),
}


def collect(folder, rows, region=BOX, **options):
    path = folder / "soil.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return collect_profiles({"format": "table", "path": path}, region, **options)


def status_of(ledger, line):
    return ledger.horizons.set_index("horizon_id").loc[f"line {line}", "status"]


@pytest.mark.parametrize(
    ("reason", "row"), [(reason, row) for reason, rows in BAD.items() for row in rows]
)
def test_each_reason(tmp_path, reason, row):
    ledger = collect(tmp_path, [*GOOD, row])
    if reason not in ("duplicate_horizon", "averaged_replicate"):  # of these any may stay
        assert status_of(ledger, 4) == reason
    summary = ledger.summary()
    assert summary.loc["accepted", "horizons"] == 2
    assert summary.loc[reason, "horizons"] == 1
    assert summary["horizons"].drop("total").sum() == summary.loc["total", "horizons"] == 3
    assert ledger.profile_table().loc["g", "status"] == "accepted"


def test_options_that_leave_horizons_out(tmp_path):
    rows = [*GOOD, "g,-100,40,300,400,5,1.3,0,C", "g,-100,40,40,50,5,,0,C"]
    ledger = collect(tmp_path, rows, model_bottom=3.0, pedotransfer=None)
    assert status_of(ledger, 4) == "below_model_bottom"
    assert status_of(ledger, 5) == "no_bulk_density"
    assert set(collect(tmp_path, rows).horizons["status"]) == {"accepted"}


def test_organic_above_zero_is_no_depth_even_if_kept(tmp_path):
    ledger = collect(tmp_path, [*GOOD, BAD["organic_or_litter"][1]], organic_horizons="keep")
    assert status_of(ledger, 4) == "invalid_depths"


def test_reasons_of_profiles(tmp_path):
    rows = [
        *GOOD,
        "copy,-100,40,10,30,10,,,B",
        "copy,-100,40,0,10,20,,,A",
        "near,-100,40.001,0,10,20,1.3,0,A",
        "near,-100,40.001,10,30,10,1.3,0,B",
        "other,-100,40,0,10,20,1.3,0,A",
        "other,-100,40,10,30,11,1.3,0,B",
        "far,10,50,0,10,20,1.3,0,A",
        "lone,-101,40,0,10,20,1.3,0,A",
        "zero,-101,40,0,10,0,1.3,0,A",
        "mixed,-101,40,0,10,0,1.3,0,A",
        "mixed,-101,40,10,10,5,1.3,0,A",
    ]
    ledger = collect(tmp_path, rows)
    assert ledger.profile_table()["status"].to_dict() == {
        "copy": "accepted",
        "far": "outside_region",
        "g": "duplicate_profile",  # after "copy" in order of id
        "lone": "too_few_horizons",
        "mixed": "no_valid_horizon",
        "near": "accepted",
        "other": "accepted",
        "zero": "zero_carbon",
    }
    summary = ledger.summary()
    assert summary.loc["duplicate_profile", ["profiles", "horizons"]].tolist() == [1, 2]
    assert summary.loc["outside_region", ["profiles", "horizons"]].tolist() == [1, 1]
    assert summary["profiles"].drop("total").sum() == summary.loc["total", "profiles"] == 8
    strict = collect(tmp_path, rows, min_horizons=3).profile_table()
    assert (strict["status"] != "accepted").all()
    assert strict.loc["copy", "status"] == "too_few_horizons"


def test_overlapping_horizons_of_other_middle_depths_stay(tmp_path):
    ledger = collect(tmp_path, [*GOOD, "g,-100,40,0,100,8,1.3,0,AB"])
    assert len(ledger.accepted_horizons()) == 3


def test_the_better_measured_horizon_may_be_selected(tmp_path):
    rows = ["g,-100,40,0,10,19,,,A", *GOOD, "g,-100,40,10,30,9,,0,B", "g,-100,40,12,28,9,,,B"]
    ledger = collect(tmp_path, rows, replicates="select")
    assert ledger.accepted_horizons()["horizon_id"].tolist() == ["line 3", "line 4"]
    assert ledger.accepted_horizons()["organic_carbon"].tolist() == [20, 10]
    assert ledger.summary().loc["duplicate_horizon", "horizons"] == 3


def test_nodes_of_a_profile_are_distinct_and_rise(tmp_path):
    ledger = collect(tmp_path, [*GOOD, *BAD["duplicate_horizon"], *BAD["averaged_replicate"]])
    write_horizons(ledger, tmp_path / "horizons.nc")
    horizons = read_horizons(tmp_path / "horizons.nc")
    assert horizons["row_size"].to_numpy().tolist() == [len(horizons["node_depth"])]
    assert (np.diff(horizons["node_depth"]) > 0).all()


ALL_ROWS = [*GOOD, *(row for rows in BAD.values() for row in rows)]
ALL_ROWS += [
    row.replace("g,-100,", f"{name},{lon},")
    for name, lon in (("k", -90), ("b", -80), ("far", 9))
    for row in ALL_ROWS
]


def test_order_of_rows_leaves_no_trace(tmp_path):
    def outputs(rows):
        ledger = collect(tmp_path, rows)
        ledger.write(tmp_path / "p.csv", tmp_path / "h.csv", tmp_path / "s.csv")
        write_horizons(ledger, tmp_path / "h.nc", {"seed": 1})
        return [(tmp_path / name).read_bytes() for name in ("p.csv", "s.csv", "h.nc")]

    first = outputs(ALL_ROWS)
    for seed in range(3):
        assert outputs(random.Random(seed).sample(ALL_ROWS, len(ALL_ROWS))) == first


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(ALL_ROWS), max_size=30))
def test_nothing_is_lost(tmp_path_factory, rows):
    rows = [*rows, *GOOD]  # a table of nothing but litter would be taken for one in metres
    ledger = collect(tmp_path_factory.mktemp("rows"), rows)
    summary, table = ledger.summary(), ledger.profile_table()
    ids = [row.split(",")[0] for row in rows]
    assert summary["horizons"].drop("total").sum() == len(rows)
    assert summary["profiles"].drop("total").sum() == len(set(ids))
    assert table["n_horizons"].to_dict() == {i: ids.count(i) for i in set(ids)}
    assert (table["n_accepted_horizons"] >= 2).equals(table["status"] == "accepted")


def test_later_stage_adds_its_reason(tmp_path):
    ledger = collect(tmp_path, ALL_ROWS)
    before = ledger.summary()
    ledger.reject_profiles(["b", "far"], "no_forcing")
    assert ledger.profile_table().loc["b", "status"] == "no_forcing"
    assert ledger.profile_table().loc["b", "n_accepted_horizons"] == 0
    assert np.isnan(ledger.profile_table().loc["b", "max_depth_m"])
    assert ledger.profile_table().loc["far", "status"] == "outside_region"  # keeps its first
    after = ledger.summary()
    assert after.loc["no_forcing", ["profiles", "horizons"]].tolist() == [1, 2]
    assert after.loc["total"].equals(before.loc["total"])
    assert after.loc["zero_carbon"].equals(before.loc["zero_carbon"])


def test_unknown_reason_and_profile(tmp_path):
    ledger = collect(tmp_path, GOOD)
    with pytest.raises(InputError, match=r"reason: expected one of no_horizons.*'unknown_reason'"):
        ledger.reject_profiles(["g"], "unknown_reason")
    with pytest.raises(InputError, match=r"profiles of the ledger, found 1 others, e.g. 'x'"):
        ledger.reject_profiles(["x"], "no_forcing")


def small_ledger(n_horizons=2):
    profiles = pd.DataFrame(
        {"longitude": [0.5], "latitude": [1.0], "n_horizons": [n_horizons]}, index=["a"]
    )
    return Ledger(profiles, pd.DataFrame({"profile_id": ["a", "a"], "lower_depth": [0.1, 0.2]}))


def test_check_finds_what_does_not_add_up():
    small_ledger().check()
    with pytest.raises(RuntimeError, match="do not add up: a"):
        small_ledger(n_horizons=3).check()
    ledger = small_ledger()
    ledger.horizons = ledger.horizons.iloc[:1]
    with pytest.raises(RuntimeError, match="do not add up"):
        ledger.summary()
    ledger = small_ledger()
    ledger.profiles["status"] = pd.Categorical(["zero_carbon"], ["accepted", *REASONS])
    with pytest.raises(RuntimeError, match="accepted horizons or the reverse: a"):
        ledger.check()
    ledger = small_ledger()
    ledger.reject_horizons([True, True], "zero_carbon")
    with pytest.raises(RuntimeError, match="or the reverse"):
        ledger.check()


def test_written_ledger_reads_back_and_goes_on(tmp_path):
    ledger = collect(tmp_path, ALL_ROWS)
    paths = [tmp_path / name for name in ("profiles.csv", "horizons.csv.gz", "summary.csv")]
    ledger.write(*paths)
    again = read_ledger(*paths[:2])
    pd.testing.assert_frame_equal(again.summary(), ledger.summary())
    pd.testing.assert_frame_equal(again.profile_table(), ledger.profile_table())
    for each in (ledger, again):
        each.reject_profiles(["k"], "no_covariates")
        write_horizons(each, tmp_path / f"{each is ledger}.nc")
    first = (tmp_path / "True.nc").read_bytes()
    assert (tmp_path / "False.nc").read_bytes() == first
    packed = paths[1].read_bytes()
    collect(tmp_path, ALL_ROWS).write(*paths)
    assert paths[1].read_bytes() == packed


def test_horizons_file_is_a_cf_ragged_array(tmp_path):
    ledger = collect(tmp_path, ALL_ROWS)
    write_horizons(ledger, tmp_path / "horizons.nc", {"config_digest": "abc"})
    with xr.open_dataset(tmp_path / "horizons.nc", decode_cf=False) as raw:
        assert raw.attrs["Conventions"] == "CF-1.11"
        assert raw.attrs["featureType"] == "profile"
        assert raw.attrs["config_digest"] == "abc"
        assert raw["row_size"].attrs["sample_dimension"] == "horizon"
        assert raw["profile_id"].attrs["cf_role"] == "profile_id"
        assert raw["node_depth"].attrs["positive"] == "down"
        assert raw["soc_density"].attrs["coordinates"] == "longitude latitude node_depth"
        for name, variable in raw.variables.items():
            assert variable.attrs["long_name"], name
            assert (
                "units" in variable.attrs
                or "flag_meanings" in variable.attrs
                or name
                in (
                    "profile_id",
                    "row_size",
                )
            )
        flags = raw["bulk_density_source"].attrs
        assert len(flags["flag_values"]) == len(flags["flag_meanings"].split())
        meaning = flags["flag_meanings"].split()[int(raw["bulk_density_source"][0])]
        assert meaning == "bdfi"


def test_horizons_of_a_profile_follow_each_other(tmp_path):
    ledger = collect(tmp_path, ALL_ROWS)
    write_horizons(ledger, tmp_path / "horizons.nc")
    horizons = read_horizons(tmp_path / "horizons.nc")
    ids = horizons["profile_id"].to_numpy().tolist()
    assert ids == ["b", "g", "k"]
    np.testing.assert_array_equal(horizons["longitude"], ledger.profiles.loc[ids, "longitude"])
    accepted = ledger.accepted_horizons()
    of_profile = np.repeat(ids, horizons["row_size"])
    for name in ids:
        expected = accepted[accepted["profile_id"] == name]
        for column in ("node_depth", "soc_density", "upper_depth", "lower_depth", "bulk_density"):
            np.testing.assert_array_equal(horizons[column][of_profile == name], expected[column])


def test_horizons_file_errors(tmp_path):
    expected = r"at least one accepted profile, found none of \d+: .*\(the log counts the horizons"
    with pytest.raises(InputError, match=expected):
        write_horizons(collect(tmp_path, GOOD[:1]), tmp_path / "none.nc")
    assert not (tmp_path / "none.nc").exists()
    with pytest.raises(InputError, match="no such file"):
        read_horizons(tmp_path / "none.nc")
    write_horizons(collect(tmp_path, GOOD), tmp_path / "horizons.nc")
    horizons = read_horizons(tmp_path / "horizons.nc")
    horizons["row_size"] += 1
    horizons.to_netcdf(tmp_path / "wrong.nc")
    with pytest.raises(InputError, match=r"row_size: expected a sum of 3, found 2 horizons"):
        read_horizons(tmp_path / "wrong.nc")
    xr.Dataset({"row_size": ("profile", [1])}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(
        InputError, match=r"other.nc.*variables profile_id.*found variables row_size"
    ):
        read_horizons(tmp_path / "other.nc")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"organic_horizons": "maybe"}, "organic_horizons: expected one of reject, keep"),
        ({"min_horizons": 1}, "min_horizons: expected a number of 2 or more, found 1"),
        ({"region": "CONUS"}, "region: expected a callable or None, found str"),
    ],
)
def test_wrong_options(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        collect(tmp_path, GOOD, **options)


def test_unknown_format(tmp_path):
    with pytest.raises(InputError, match=r"source.format: expected one of wosis_2016.*'wosis'"):
        collect_profiles({"format": "wosis", "path": tmp_path})


def test_region_may_be_any_callable_or_none(tmp_path):
    rows = [*GOOD, *(row.replace("g,-100", "w,-110") for row in GOOD)]
    ledger = collect(tmp_path, rows, region=lambda longitude, latitude: longitude < -105)
    assert ledger.accepted_profiles().index.tolist() == ["w"]
    assert len(collect(tmp_path, rows, region=None).accepted_profiles()) == 2
