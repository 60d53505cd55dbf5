"""What a table of horizons means: organic layers, replicates, units, codes, places, detection."""

import itertools
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from proda.data.profiles import collect_profiles, write_horizons
from proda.data.profiles.designations import organic_by_designation
from proda.data.profiles.places import one_place_each, positions
from proda.data.region import Region
from proda.errors import InputError

CASES = Path(__file__).parents[3] / "data" / "cases"
HEADER = (
    "profile_id,longitude,latitude,upper_depth_cm,lower_depth_cm,organic_carbon_g_kg,"
    "bulk_density_kg_dm3,coarse_fragments_pct,horizon"
)
BOX = Region("box", shapely.box(-125, 24, -66, 50), {}).contains
DEEPER = "a,-100,40,20,60,5,1.4,0,B"


def collect(folder, rows, region=BOX, header=HEADER, source=None, **options):
    path = folder / "soil.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return collect_profiles({"format": "table", "path": path, **(source or {})}, region, **options)


def case(name, **options):
    return collect_profiles({"format": "table", "path": CASES / name / "h.csv"}, BOX, **options)


def statuses(ledger):
    by_line = ledger.horizons.assign(line=ledger.horizons["horizon_id"].str[5:].astype(int))
    return by_line.sort_values("line")["status"].astype(str).tolist()


def pits(carbon, density="", n=6, depths=((0, 20), (20, 40)), fragments=""):
    """Rows of n pits; carbon and density: one value per depth, varied by pit."""
    density = [density] * len(depths) if density == "" else density
    return [
        f"p{i},{-100 - i},40,{top},{bottom},{c * (1 + i / 50):g},{d},{fragments},"
        for i in range(n)
        for (top, bottom), c, d in zip(depths, carbon, density, strict=True)
    ]


# --- organic layers


def test_organic_layers_of_the_canadian_and_the_wrb_system():
    ledger = case("organic_designations")
    assert statuses(ledger) == ["organic_or_litter", "accepted", "accepted"] * 3
    assert ledger.accepted_horizons()["organic_carbon"].max() == 27


ORGANIC = (
    "O Oi Oe Oa 2Oa ^Oe ^2Oe 2^Oa O' Oa'1 Oi1 Oab2 Oap OE Oi/Oe Oe/A O&A LFH L F H LF FH L-F L/F/H "
    "LFHi Ln Fm Hi He Ha Hd Ho Of Oh OL OF IIOh IIH A0 A00 Aoo hH nHv lfh oe oa2 (O) Lco Litter "
    "organic"
)
MINERAL = (
    "Ah AH AO A Ap 2Ah ^A Bh Bhs BO C Cr E Ldi Lma A/O A/Oe 2C/Oa Ah/H A01 ah bh II 1 R W NA Loam "
    "Fill Lower High fluvial Limestone"
)


@pytest.mark.parametrize("designation", [*ORGANIC.split(), "Forest floor"])
def test_designation_of_an_organic_layer(designation):
    assert organic_by_designation(pd.Series([designation, f" {designation} "])).all()


@pytest.mark.parametrize("designation", [*MINERAL.split(), "", "Layer 1", "Horizon 1", "Fine sand"])
def test_designation_of_something_else(designation):
    assert not organic_by_designation(pd.Series([designation])).any()


def test_a_pattern_of_the_user(tmp_path):
    rows = [DEEPER, "a,-100,40,0,5,400,0.1,0,P1", "a,-100,40,5,20,20,1.2,0,Oi"]
    assert statuses(collect(tmp_path, rows)) == ["accepted", "accepted", "organic_or_litter"]
    ledger = collect(tmp_path, rows, source={"organic_pattern": "P|T"})
    assert statuses(ledger) == ["accepted", "organic_or_litter", "accepted"]
    with pytest.raises(InputError, match=r"organic_pattern: expected a regular expression.*'\(O'"):
        collect(tmp_path, rows, source={"organic_pattern": "(O"})


@pytest.mark.parametrize("flag", ["t", "TRUE", "1", "yes"])
def test_a_column_that_flags_litter(tmp_path, flag):
    header = HEADER.replace("horizon", "organic_surface")
    rows = [
        f"a,-100,40,0,5,480,0.28,0,{flag}",
        "a,-100,40,5,20,20,1.2,0,f",
        "a,-100,40,20,60,5,1.4,0,",
        "a,-100,40,60,90,4,1.4,0,perhaps",
    ]
    columns = {"organic": "organic_surface", "horizon": None}
    ledger = collect(tmp_path, rows, header=header, source={"columns": columns})
    expected = ["organic_or_litter", "accepted", "accepted", "unreadable_value"]
    assert statuses(ledger) == expected
    assert ledger.horizons["soc_density"].where(ledger.horizons["status"] == "accepted").max() < 3e4


def test_carbon_of_organic_material_under_a_mineral_name_is_told(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        collect(tmp_path, [DEEPER, "a,-100,40,0,20,170,1,0,A"])
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        ledger = collect(tmp_path, [DEEPER, "a,-100,40,0,20,171,0.5,0,A"])
    assert "1 horizons with more than 170 g kg-1" in caplog.text and "line 3" in caplog.text
    assert statuses(ledger) == ["accepted", "accepted"]


def test_designations_that_only_count_are_not_organic(tmp_path):
    rows = [row + f"H{1 + i % 2}" for i, row in enumerate(pits((22, 6), n=3))]
    with pytest.raises(InputError, match=r"60 g kg-1 in horizons .* called organic.*pattern"):
        collect(tmp_path, rows)
    assert len(collect(tmp_path, rows, source={"columns": {"horizon": None}}).accepted_horizons())


# --- replicates


def observed(ledger, upper=0.0):
    h = ledger.accepted_horizons()
    return h[h["upper_depth"] == upper].iloc[0]


def test_replicates_are_averaged_and_the_density_follows_from_the_means(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,30,1.3,10,A", "a,-100,40,0,20,20,1.1,20,A"]
    ledger = collect(tmp_path, rows)
    horizon = observed(ledger)
    assert horizon[
        ["organic_carbon", "bulk_density", "coarse_fragments"]
    ].tolist() == pytest.approx([25, 1.2, 15], rel=1e-14)
    assert horizon["soc_density"] == pytest.approx(25 * 1.2 * 0.85 * 1000, rel=1e-14)
    assert ledger.summary().loc["averaged_replicate", "horizons"] == 1
    assert len(ledger.accepted_horizons()) == 2


def test_replicates_of_other_thickness_are_weighted_by_it(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,30,1.3,0,A", "a,-100,40,5,15,15,1.0,0,A"]
    horizon = observed(collect(tmp_path, rows))
    assert horizon[["organic_carbon", "bulk_density"]].tolist() == pytest.approx([25, 1.2])
    assert horizon["lower_depth"] == 0.2  # of the thickest


def test_what_one_replicate_lacks_the_other_gives(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,30,,,A", "a,-100,40,0,20,20,1.1,20,A"]
    horizon = observed(collect(tmp_path, rows))
    assert horizon["soc_density"] == pytest.approx(25 * 1.1 * 0.8 * 1000)
    assert horizon["bulk_density_source"] == "bdfi"
    assert horizon["coarse_fragments_source"] == "volume"
    assert horizon["measured_bulk_density"] == 1.1
    lacking = observed(collect(tmp_path, [DEEPER, rows[1], "a,-100,40,0,20,20,,,A"]))
    assert lacking["bulk_density_source"] == "ptf_tao_2024"
    assert lacking["bulk_density"] == pytest.approx(0.32 + 1.3 * np.exp(-0.0089 * 1.724 * 25))


def test_bad_replicates_are_excluded_from_the_mean(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,30,1.3,0,A", "a,-100,40,0,20,20,2.7,0,A"]
    rows += ["a,-100,40,0,20,-999,1.3,0,A", "a,-100,40,0,20,1e-15,1.3,0,A"]
    ledger = collect(tmp_path, rows)
    assert observed(ledger)["organic_carbon"] == 30
    assert statuses(ledger)[2:] == ["implausible_value", "missing_code_carbon", "rounding_residue"]


def test_copies_are_no_replicates(tmp_path):
    row = "a,-100,40,0,20,30,1.3,10,A"
    ledger = collect(tmp_path, [DEEPER, row, row, row])
    assert ledger.summary().loc["duplicate_horizon", "horizons"] == 2
    assert ledger.summary().loc["averaged_replicate", "horizons"] == 0
    assert (
        observed(ledger)["soc_density"] == observed(collect(tmp_path, [DEEPER, row]))["soc_density"]
    )


def test_the_mean_is_the_same_to_the_bit_in_any_order(tmp_path):
    rows = [
        f"a,-100,40,{top},{20 - top},{carbon},{density},{stones},A"
        for top, carbon, density, stones in
        ((0, 0.3, 1.31, 0.1), (0, 31.7, 1.17, ""), (4, 12.9, "", 30.7), (4, 20.3, 0.97, 0.3))
    ]  # fmt: skip
    written = set()
    for order in itertools.permutations(rows):
        write_horizons(collect(tmp_path, [DEEPER, *order]), tmp_path / "h.nc")
        written.add((tmp_path / "h.nc").read_bytes())
    assert len(written) == 1


def test_middle_depths_are_compared_by_their_difference(tmp_path):
    # Middles of 9.9949 and 10.0001 cm are half a millimetre apart, 10 and 10.005 cm 0.05 mm.
    rows = [DEEPER, "a,-100,40,0,20,30,1.3,0,A", "a,-100,40,0,20.01,20,1.3,0,A"]
    assert len(collect(tmp_path, rows).accepted_horizons()) == 2
    rows[2] = "a,-100,40,0,20.1,20,1.3,0,A"
    assert len(collect(tmp_path, rows).accepted_horizons()) == 3


# --- units


@pytest.mark.parametrize(
    ("name", "looks", "column"),
    [
        ("percent_read_as_g_kg", "percent read as g kg-1", "organic_carbon"),
        ("fragments_as_fraction", "a fraction read as percent", "coarse_fragments"),
        ("depth_in_mm", "mm read as cm", "depth"),
    ],
)
def test_a_whole_column_in_a_wrong_unit_stops_the_run(name, looks, column):
    message = f"h.csv, {column}.*it looks like {looks}; is source.{column}_unit right"
    with pytest.raises(InputError, match=message):
        case(name)
    assert len(case(name, accept_as_is=[column]).accepted_horizons())


def test_the_declared_unit_sets_it_right():
    def read(name, **unit):
        source = {"format": "table", "path": CASES / name / "h.csv", **unit}
        return collect_profiles(source, BOX).accepted_horizons()

    carbon = read("percent_read_as_g_kg", organic_carbon_unit="percent")["organic_carbon"]
    assert carbon.max() == pytest.approx(27)
    stones = read("fragments_as_fraction", coarse_fragments_unit="fraction")["coarse_fragments"]
    assert stones.min() == pytest.approx(31)
    assert read("depth_in_mm", depth_unit="mm")["lower_depth"].max() == 0.9


@pytest.mark.parametrize(
    ("rows", "looks"),
    [
        (pits((2.2, 0.9)), "percent read as g kg-1"),  # no density: poorer than any desert
        (pits((5.9, 2.0), (0.86, 1.1)), "percent read as g kg-1"),  # a forest
        (pits((0.9, 0.4), (1.52, 1.5)), "percent read as g kg-1"),
        (pits((22, 9), (1210, 1390)), "kg m-3 read as kg dm-3"),
        (pits((22, 9), depths=((0, 0.2), (0.2, 0.9))), "m read as cm"),
        (pits((22, 9), depths=((0, 2), (2, 4))), "m read as cm"),
        (pits((22, 9), fragments=0.2), "a fraction read as percent"),
        (pits((0.9, 0.4), depths=((0, 40), (40, 90))), "percent read as g kg-1"),
        ([r + "Oe" for r in pits((760, 55), n=3)], "organic matter or loss on ignition"),
        # One value beyond all matter does not hide the others.
        (
            [r + "Oe" for r in pits((760, 755), n=12)] + ["a,-99,41,0,20,2000,,,Oe"],
            "organic matter or loss on ignition",
        ),
        ([r + "Oe" for r in pits((42, 38), n=3)] + pits((9, 5)), "called organic"),
        ([r + "Oe" for r in pits((42, 38), n=3)], "percent read as g kg-1 or designations"),
        ([r + "Oe" for r in pits((0.42, 0.38), n=3)], "a fraction read as g kg-1 or designations"),
        # No density shows whether this is peat.
        (pits((410, 380)), "if organic horizons are among them, name their column"),
        (pits((240, 90), (1.25, 1.4)), "is source.organic_carbon_unit right"),
    ],
)
def test_wrong_units_of_other_soils(tmp_path, rows, looks):
    with pytest.raises(InputError) as error:
        collect(tmp_path, rows)
    assert looks in str(error.value) and "profiles.accept_as_is" in str(error.value)


@pytest.mark.parametrize(
    ("unit", "rows", "looks"),
    [
        ({"organic_carbon_unit": "percent"}, pits((22, 9), (1.2, 1.4)), "g kg-1 read as percent"),
        ({"organic_carbon_unit": "percent"}, pits((0.022, 0.009)), "a fraction read as percent"),
        ({"organic_carbon_unit": "fraction"}, pits((2.2, 0.9)), "percent read as a fraction"),
        ({"bulk_density_unit": "kg_m3"}, pits((22, 9), (1.2, 1.4)), "kg dm-3 read as kg m-3"),
        ({"depth_unit": "mm"}, pits((22, 9)), "cm read as mm"),
        ({"depth_unit": "m"}, pits((22, 9)), "cm read as m"),
        (
            {"coarse_fragments_unit": "fraction"},
            pits((22, 9), fragments=30),
            "percent read as a fraction",
        ),
    ],
)
def test_a_declared_unit_that_is_not_that_of_the_numbers(tmp_path, unit, rows, looks):
    (setting,) = unit
    message = f"it looks like {looks}; is source.{setting} right"
    with pytest.raises(InputError, match=message):
        collect(tmp_path, rows, source=unit)


@pytest.mark.parametrize(
    "rows",
    [
        pits((4.0, 1.5), (1.52, 1.6)),  # Moab, NEON: topsoil 4 g kg-1, 1.52 kg dm-3
        pits((5.0, 2.0), (1.29, 1.4)),  # Santa Rita
        pits((2.0, 1.0), (1.42, 1.5)),  # Jornada
        pits((4.0, 1.0)),  # no density
        pits((79, 12), (0.88, 1.1)),  # Abby Road, a wet forest
        pits((0.6, 0.3), depths=((80, 120), (120, 180))),  # deep horizons only
        pits((2.2, 0.9), (1.2, 1.3), n=1),  # too few to decide
        [*pits((22, 9), n=8), "q,-90,40,0,20,22,,0.1,", "q,-90,40,20,40,9,,0.3,"],
        pits((22, 9), depths=((0, 5), (5, 10))),
        pits((22, 9), depths=((0, 60), (60, 150))),
        pits((480, 500), (0.08, 0.12), n=3),  # peat without designations
        pits((300, 60), (0.12, 0.8)),  # a forest floor and the soil below it
    ],
)
def test_unusual_soils_pass(tmp_path, rows):
    ledger = collect(tmp_path, rows)
    assert (ledger.horizons["status"] == "accepted").all()


def test_what_may_be_accepted_as_it_is(tmp_path):
    with pytest.raises(
        InputError, match=r"accept_as_is: expected names among organic_carbon, .*'x'"
    ):
        collect(tmp_path, [DEEPER], accept_as_is=["x"])


# --- codes for missing values


def test_a_code_in_a_depth_is_no_litter():
    ledger = case("sentinel_in_depth")
    assert statuses(ledger) == ["missing_code_depth", "accepted", "accepted"]
    assert np.isnan(ledger.horizons.loc[ledger.horizons["missing_code"] != "", "upper_depth"]).all()


@pytest.mark.parametrize(
    "code", ["-9999", "-9999.0", "-9.999e3", "-999", "9999", "999", "99999", "1e20"]
)
@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("a,-100,40,{},20,30,1.3,0,A", "depth"),
        ("a,-100,40,0,{},30,1.3,0,A", "depth"),
        ("a,-100,40,0,20,{},1.3,0,A", "carbon"),
        ("a,-100,40,0,20,30,{},0,A", "density"),
        ("a,-100,40,0,20,30,1.3,{},A", "fragments"),
    ],
)  # fmt: skip
def test_codes_have_reasons_of_their_own_and_may_be_declared(tmp_path, code, row, kind):
    rows = [DEEPER, "a,-100,40,60,90,3,1.4,0,B", row.format(code)]
    ledger = collect(tmp_path, rows)
    assert statuses(ledger) == ["accepted", "accepted", f"missing_code_{kind}"]
    assert ledger.summary().loc[f"missing_code_{kind}", "horizons"] == 1
    declared = {"missing_values": [float(code)]}
    meaning = {"depth": "invalid_depths", "carbon": "no_carbon_value"}.get(kind, "accepted")
    assert statuses(collect(tmp_path, rows, source=declared))[2] == meaning


def test_heights_above_the_mineral_soil_are_no_codes(tmp_path):
    rows = [DEEPER, "a,-100,40,60,90,3,1.4,0,B"]
    rows += ["a,-100,40,-9,0,300,0.2,0,A", "a,-100,40,-9,-1,300,0.2,0,A"]
    rows += ["a,-100,40,-1,16,30,1.2,0,A", "a,-100,40,-9,-9,30,1.2,0,A", "a,-100,40,9,-1,3,1,0,A"]
    expected = ["accepted"] * 2 + ["organic_or_litter"] * 2 + ["missing_code_depth"] * 3
    assert statuses(collect(tmp_path, rows)) == expected


def test_what_is_a_code_elsewhere_may_be_a_value(tmp_path):
    ledger = collect(tmp_path, ["a,-99,40,0,20,99,0.9,99,A", "a,-99,40,20,60,9,1.4,9,B"])
    assert statuses(ledger) == ["accepted", "accepted"]


def test_a_code_in_a_converted_column(tmp_path):
    rows = ["a,-100,40,0,200,3,1300,0,A", "a,-100,40,200,-9999,2,1300,0,A"]
    rows += ["a,-100,40,200,600,-9999,1300,0,A", "a,-100,40,600,900,1,-9999,0,A"]
    rows += ["a,-100,40,200,700,1,1400,0,A"]
    units = {"depth_unit": "mm", "organic_carbon_unit": "percent", "bulk_density_unit": "kg_m3"}
    kinds = [f"missing_code_{kind}" for kind in ("depth", "carbon", "density")]
    assert statuses(collect(tmp_path, rows, source=units)) == ["accepted", *kinds, "accepted"]


@pytest.mark.parametrize("place", ["-9999,-9999", "-9999.0,40", "-100,-999", "999,99.9"])
def test_codes_in_coordinates(tmp_path, place):
    rows = [DEEPER, DEEPER.replace("20,60,5", "60,90,3")]
    rows += [f"b,{place},0,20,30,1.3,0,A", f"b,{place},20,60,5,1.3,0,A"]
    table = collect(tmp_path, rows).profile_table()
    assert table["status"].to_dict() == {"a": "accepted", "b": "missing_code_coordinates"}
    half = collect(tmp_path, [*rows[:3], "b,-100,40,20,60,5,1.3,0,A"]).profile_table()
    assert half.loc["b", "status"] == "missing_code_coordinates"


# --- places


def at(*places, carbon=(30, 5)):
    depths = ("0,20", "20,60", "60,90")
    return [
        f"{name},{float(lon)!r},{float(lat)!r},{depth},{c},1.3,0,A"
        for (name, lon, lat), depth, c in zip(places, depths, carbon, strict=False)
    ]


METRE = 1 / 111_195.08  # degree of latitude


@pytest.mark.parametrize(
    ("longitude", "latitude", "apart", "same"),
    [
        (-100.0, 40.0, 0.99, True),
        (-100.0, 40.0, 1.01, False),
        # Between the two runs a limit of rounding to five decimals.
        (-100.000005, 40.000005, 0.02, True),
        (-100.0, 40.0000049999, 0.1, True),
    ],
)
def test_rows_closer_than_a_metre_are_one_place(tmp_path, longitude, latitude, apart, same):
    for dx, dy in ((0, apart), (apart / np.cos(np.radians(latitude)), 0)):
        far = (longitude + dx * METRE, latitude + dy * METRE)
        rows = at(("a", longitude, latitude), ("a", *far))
        for order in (rows, rows[::-1]):
            table = collect(tmp_path, order, accept_as_is=["coordinates"]).profile_table()
            if same:
                assert table.loc["a", ["longitude", "latitude"]].tolist() == [longitude, latitude]
            assert table.loc["a", "status"] == ("accepted" if same else "several_places")


def test_a_chain_of_near_rows_is_no_place(tmp_path):
    rows = at(*(("a", -100.0, 40 + i * 0.7 * METRE) for i in range(3)), carbon=(30, 5, 4))
    assert collect(tmp_path, rows).profile_table().loc["a", "status"] == "several_places"


def test_places_across_the_date_line_and_at_the_pole():
    rows = pd.DataFrame(
        [
            ("d", 180.0, 10.0),
            ("d", -179.999999, 10.0),
            ("p", 0.0, 90.0),
            ("p", 90.0, 89.999999),
            ("n", 10.0, 10.0),
            ("n", np.nan, 10.0),
        ],
        columns=["profile_id", "longitude", "latitude"],
    )
    places = one_place_each(rows)
    assert places["longitude"].tolist()[0] == -179.999999
    assert places.loc["p"].notna().all() and places.loc["n"].isna().all()


def test_positions_are_metres_apart():
    first, second = positions(np.array([0.0, 0.0]), np.array([0.0, METRE]))
    assert np.linalg.norm(first - second) == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(("apart", "twice"), [(0.0, True), (0.99, True), (1.01, False)])
@pytest.mark.parametrize("latitude", [40.0, 40.000005, 40.0000049])
def test_duplicate_profiles_are_found_by_distance(tmp_path, latitude, apart, twice):
    north = latitude + apart * METRE
    rows = at(("a", -100.0, latitude), ("a", -100.0, latitude)) + at(
        ("b", -100.0, north), ("b", -100.0, north), carbon=(30.0000004, 5)
    )
    table = collect(tmp_path, rows).profile_table()
    assert table["status"].tolist() == ["accepted", "duplicate_profile" if twice else "accepted"]


def test_a_profile_is_compared_with_those_that_stay(tmp_path):
    names = [("a", 0.0), ("b", 0.7), ("c", 1.4)]
    rows = [r for n, d in names for r in at(*[(n, -100.0, 40.0 + d * METRE)] * 2)]
    table = collect(tmp_path, rows).profile_table()
    assert table["status"].tolist() == ["accepted", "duplicate_profile", "accepted"]


def test_pole_and_date_line_are_reached_by_rounding(tmp_path):
    places = [("n", 10.0, 90.0000001), ("s", 10.0, -90.0000001), ("e", 180.0000001, 10.0)]
    places += [("w", -180.0000001, 10.0), ("x", 10.0, 90.1), ("y", 180.1, 10.0), ("z", 1e-7, -1e-7)]
    places += [(f"g{i}", 10.0 + i, 50.0) for i in range(14)]
    rows = [r for place in places for r in at(place, place)]
    table = collect(tmp_path, rows, region=None).profile_table()
    bad = table.index[table["status"] == "invalid_coordinates"].tolist()
    assert bad == ["x", "y", "z"]
    assert table.loc[["n", "s"], "latitude"].tolist() == [90, -90]
    assert table.loc[["e", "w"], "longitude"].tolist() == [180, -180]


def test_west_without_its_minus():
    message = r"found none of 2 inside, but 2 with the other sign of longitude \(western"
    with pytest.raises(InputError, match=message):
        case("west_without_minus")
    accepted = case("west_without_minus", accept_as_is=["coordinates"])
    assert accepted.summary().loc["outside_region", "profiles"] == 2


@pytest.mark.parametrize(
    ("box", "place", "mistake"),
    [
        ((-125, 24, -66, 50), (100.0, 40.0), "with the other sign of longitude"),
        ((110, -40, 155, -10), (140.0, 30.0), "with the other sign of latitude"),
        ((-75, -50, -40, -10), (60.0, 30.0), "with the other sign of both"),
        ((-85, 24, -66, 50), (40.0, -80.0), "swapped"),
        ((-85, 24, -66, 50), (40.0, 80.0), "swapped, with the other sign of longitude"),
    ],
)
def test_columns_of_coordinates_that_were_turned(tmp_path, box, place, mistake):
    region = Region("box", shapely.box(*box), {}).contains
    rows = [r for i in range(3) for r in at(*[(f"p{i}", place[0] + i / 9, place[1])] * 2)]
    inside = (np.mean(box[::2]), np.mean(box[1::2]))
    rows += at(("home", *map(float, inside)), ("home", *map(float, inside)))
    with pytest.raises(InputError, match=f"found 1 of 4 inside, but 3 {mistake} \\("):
        collect(tmp_path, rows, region=region)


def test_a_table_of_the_world_is_not_turned(tmp_path):
    rows = [r for i in range(9) for r in at(*[(f"p{i}", -170.0 + 40 * i, 40.0)] * 2)]
    table = collect(tmp_path, rows).profile_table()
    assert (table["status"] == "outside_region").sum() == 8


@pytest.mark.parametrize("place", [(500000.5, 4300000.2), (-10054500.0, 39.1), (5.1, 2100000.0)])
def test_coordinates_of_a_projection(tmp_path, place):
    rows = [r for i in range(3) for r in at(*[(f"p{i}", place[0] + i, place[1])] * 2)]
    with pytest.raises(InputError, match=r"coordinates in degrees, found 3 of 3 .*\(UTM, a nat"):
        collect(tmp_path, rows)


# --- carbon below detection


@pytest.mark.parametrize("limit", [0.1, 1e-3, None])
def test_the_detection_limit_is_a_setting(tmp_path, limit):
    status = "below_detection" if limit == 0.1 else "accepted"
    rows = [DEEPER, "a,-100,40,0,20,20,1.3,0,A", "a,-100,40,60,90,0.05,1.3,0,B"]
    ledger = collect(tmp_path, rows, detection_limit=limit)
    assert statuses(ledger) == ["accepted", "accepted", status]


def test_rounding_and_zero_are_no_values_without_a_limit(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,8.9e-15,1.3,0,A", "a,-100,40,60,90,0,1.3,0,B"]
    rows += ["a,-100,40,90,99,-8.9e-15,1.3,0,B", "a,-100,40,99,120,0.0002,1.3,0,B"]
    ledger = collect(tmp_path, rows, detection_limit=None)
    found = statuses(ledger)
    assert sorted(found) == ["accepted"] * 2 + ["rounding_residue"] * 2 + ["zero_carbon"]
    at_limit = ["a,-100,40,0,20,0.1,1.3,0,A", DEEPER]
    assert statuses(collect(tmp_path, at_limit)) == ["accepted", "accepted"]


def test_horizons_below_detection_can_be_kept_as_censored(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,20,1.3,0,A", "a,-100,40,60,90,0.05,1.3,0,B"]
    rows += ["a,-100,40,90,99,8.9e-15,1.3,0,B", "a,-100,40,99,120,0,1.2,0,B"]
    rows += ["a,-100,40,120,150,-0.5,1.3,0,B", "a,-100,40,150,160,-2,1.3,0,B"]
    ledger = collect(tmp_path, rows, below_detection="censor")
    assert statuses(ledger) == ["accepted"] * 6 + ["implausible_value"]
    horizons = ledger.accepted_horizons()
    assert horizons["censored"].tolist() == [False, False, True, True, True, True]
    assert (horizons["organic_carbon"][2:] == 0.1).all()
    assert horizons["soc_density"].tolist()[2:] == pytest.approx([130, 130, 120, 130])
    write_horizons(ledger, tmp_path / "horizons.nc")
    with xr.open_dataset(tmp_path / "horizons.nc") as file:
        assert file["censored"].values.tolist() == [0, 0, 1, 1, 1, 1]
    assert not collect(tmp_path, rows).accepted_horizons()["censored"].any()


def test_a_mean_of_replicates_is_censored_if_all_are(tmp_path):
    rows = [DEEPER, "a,-100,40,0,20,0.05,1.3,0,A", "a,-100,40,0,20,0.02,1.2,0,A"]
    rows += ["a,-100,40,60,90,0.05,1.3,0,B", "a,-100,40,60,90,0.3,1.3,0,B"]
    horizons = collect(tmp_path, rows, below_detection="censor").accepted_horizons()
    assert horizons["censored"].tolist() == [True, False, False]
    assert horizons["organic_carbon"].tolist()[::2] == pytest.approx([0.1, 0.2])


def test_what_becomes_of_horizons_below_detection_has_two_names(tmp_path):
    with pytest.raises(InputError, match="below_detection: expected one of reject, censor"):
        collect(tmp_path, [DEEPER], below_detection="drop")
