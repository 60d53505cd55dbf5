"""A plain table: units, mapping of columns, and the mistakes people make in tables."""

import pytest
import shapely

from proda.data.profiles import collect_profiles
from proda.data.region import Region
from proda.errors import InputError

HEADER = (
    "profile_id,longitude,latitude,upper_depth_cm,lower_depth_cm,organic_carbon_g_kg,"
    "bulk_density_kg_dm3,coarse_fragments_pct,horizon"
)
ROWS = (
    "A,-100.5,40.5,0,10,20,1.3,10,A",
    "A,-100.5,40.5,10,30,10,,,Bw",
    "B,-90.25,35.5,0,20,30,1.2,0,A",
    "B,-90.25,35.5,20,60,5,1.4,0,C",
)
BOX = Region("box", shapely.box(-125, 24, -66, 50), {}).contains


@pytest.fixture
def table(tmp_path):
    def write(*rows, header=HEADER, encoding="utf-8", **settings):
        path = tmp_path / "soil.csv"
        path.write_text("\n".join([header, *(rows or ROWS)]) + "\n", encoding=encoding)
        return {"format": "table", "path": path, **settings}

    return write


def statuses(ledger):
    return ledger.horizons["status"].astype(str).tolist()


def test_known_answers(table):
    horizons = collect_profiles(table(), BOX).horizons
    expected = [23_400, 10_000 * (0.32 + 1.30 * 2.718281828459045 ** (-0.0089 * 17.24))]
    assert horizons["soc_density"].tolist()[:2] == pytest.approx(expected)
    assert horizons["bulk_density_source"].tolist()[:2] == ["bdfi", "ptf_tao_2024"]
    assert horizons["coarse_fragments_source"].tolist()[:2] == ["volume", "assumed_0"]
    assert horizons["node_depth"].tolist() == pytest.approx([0.05, 0.2, 0.1, 0.4])
    assert horizons["horizon_id"].tolist() == ["line 2", "line 3", "line 4", "line 5"]


def test_units_and_names_are_settings(table):
    header = "pit;lon;lat;from;to;oc;bd;stones"
    rows = ("A;-100;40;0;0.1;2;1.5;20", "A;-100;40;0.1;0.3;1;1.5;0")
    columns = {
        "profile_id": "pit",
        "longitude": "lon",
        "latitude": "lat",
        "upper_depth": "from",
        "lower_depth": "to",
        "organic_carbon": "oc",
        "bulk_density": "bd",
        "coarse_fragments": "stones",
        "horizon": None,
    }
    source = table(
        *rows,
        header=header,
        columns=columns,
        separator=";",
        depth_unit="m",
        organic_carbon_unit="percent",
        bulk_density_of="whole_soil",
        coarse_fragments_in="mass",
    )
    horizons = collect_profiles(source, BOX).horizons
    assert horizons["soc_density"].tolist() == pytest.approx([20 * 1.5 * 0.8 * 1000, 15_000])
    assert horizons["bulk_density_source"].tolist() == ["bdws", "bdws"]
    assert horizons["lower_depth"].tolist() == [0.1, 0.3]


@pytest.mark.parametrize(
    ("column", "setting", "factor", "name", "expected"),
    [
        ((3, 4), {"depth_unit": "mm"}, 10, "lower_depth", [0.1, 0.3, 0.2, 0.6]),
        ((5,), {"organic_carbon_unit": "percent"}, 0.1, "organic_carbon", [20, 10, 30, 5]),
        ((5,), {"organic_carbon_unit": "fraction"}, 0.001, "organic_carbon", [20, 10, 30, 5]),
        ((5,), {"organic_carbon_unit": "mg_g"}, 1, "organic_carbon", [20, 10, 30, 5]),
        ((6,), {"bulk_density_unit": "kg_m3"}, 1000, "measured_bulk_density", [1.3, 1.2, 1.4]),
        ((6,), {"bulk_density_unit": "g_cm3"}, 1, "measured_bulk_density", [1.3, 1.2, 1.4]),
        ((7,), {"coarse_fragments_unit": "fraction"}, 0.01, "coarse_fragments", [10, 0, 0, 0]),
    ],
)
def test_a_declared_unit_gives_the_same_horizons(table, column, setting, factor, name, expected):
    rows = [row.split(",") for row in ROWS]
    for row in rows:
        for place in column:
            row[place] = row[place] and f"{float(row[place]) * factor:.10g}"
    ledger = collect_profiles(table(*map(",".join, rows), **setting), BOX)
    assert ledger.horizons[name].dropna().tolist() == pytest.approx(expected)
    usual = collect_profiles(table(), BOX).horizons
    assert ledger.horizons["soc_density"].tolist() == pytest.approx(usual["soc_density"].tolist())
    assert set(statuses(ledger)) == {"accepted"}


def test_missing_column_is_an_error_and_optional_ones_must_be_declared(table):
    with pytest.raises(InputError) as error:
        collect_profiles(table(header=HEADER.replace("organic_carbon_g_kg", "oc")), BOX)
    for fragment in ("soil.csv", "'organic_carbon_g_kg' (organic_carbon)", "oc, bulk_density"):
        assert fragment in str(error.value)
    source = table(header=HEADER.replace("bulk_density_kg_dm3", "bd"))
    with pytest.raises(InputError, match=r"'bulk_density_kg_dm3' \(bulk_density\).*null"):
        collect_profiles(source, BOX)
    ledger = collect_profiles({**source, "columns": {"bulk_density": None}}, BOX)
    assert set(ledger.horizons["bulk_density_source"]) == {"ptf_tao_2024"}


@pytest.mark.parametrize(
    ("key", "value"), [("depth_unit", "dm"), ("bulk_density_of", "soil"), ("dept_unit", "m")]
)
def test_unknown_settings(table, key, value):
    with pytest.raises(InputError, match=f"source.*({key}|'{value}')"):
        collect_profiles(table(**{key: value}), BOX)


def test_one_bad_row_does_not_stop_the_others(table):
    rows = (
        *ROWS,
        "B,-90.25,35.5,60,80,<0.1,1.4,0,C",
        "B,-90.25,35.5,80,90,5,1,4,0,C",  # a decimal comma shifts the row
        "B,-90.25,35.5,90,99",
        "B,-90.25,35.5,99,110,NA,1.4,0,C",
        "B,-90.25,35.5,110,120,inf,1.4,0,C",
        "B,-90.25,35.5,,130,4,1.4,0,C",
    )
    horizons = collect_profiles(table(*rows), BOX).horizons.set_index("horizon_id")
    assert horizons["status"].tolist().count("accepted") == 4
    assert horizons.loc["line 6", "unreadable"] == "organic_carbon '<0.1'"
    assert horizons.loc["line 7", "unreadable"] == "more cells than the header"
    assert horizons.loc["line 8", "unreadable"] == "fewer cells than the header"
    for line in (6, 7, 8, 10):
        assert horizons.loc[f"line {line}", "status"] == "unreadable_value"
    assert horizons.loc["line 9", "status"] == "no_carbon_value"
    assert horizons.loc["line 11", "status"] == "invalid_depths"


def test_missing_values_of_the_user(table):
    rows = (*ROWS, "B,-90.25,35.5,60,80,4,-9999,0,C")
    ledger = collect_profiles(table(*rows), BOX)
    assert statuses(ledger)[-1] == "missing_code_density"
    ledger = collect_profiles(table(*rows, missing_values=["-9999.0"]), BOX)
    assert ledger.horizons["bulk_density_source"].iloc[-1] == "ptf_tao_2024"


def test_row_without_profile_names_its_line(table):
    with pytest.raises(InputError, match=r"soil.csv, line 3: expected a profile_id"):
        collect_profiles(table(ROWS[0], ROWS[1].replace("A,", ",", 1)), BOX)


def test_byte_order_mark_and_na_as_a_name(table):
    rows = [row.replace("A,-100", "NA,-100") for row in ROWS]
    ledger = collect_profiles(table(*rows, encoding="utf-8-sig"), BOX)
    assert ledger.accepted_profiles().index.tolist() == ["B", "NA"]


def test_organic_horizons_are_a_choice(table):
    rows = (*ROWS, "A,-100.5,40.5,30,40,300,0.2,0,2Oa", "A,-100.5,40.5,40,44,30,1,0,BO")
    rejected = collect_profiles(table(*rows), BOX)
    assert statuses(rejected)[2:4] == ["organic_or_litter", "accepted"]
    kept = collect_profiles(table(*rows), BOX, organic_horizons="keep")
    assert statuses(kept)[2:4] == ["accepted", "accepted"]


def test_depths_in_metres_are_found_out(table):
    rows = ("A,-100,40,0,0.1,20,1,0,A", "A,-100,40,0.1,2.3,20,1,0,B")
    with pytest.raises(
        InputError, match=r"soil.csv, depth: .*0.012.*m read as cm; is source.depth_unit"
    ):
        collect_profiles(table(*rows), BOX)
    assert collect_profiles(table(*rows, depth_unit="m"), BOX).horizons["lower_depth"].max() == 2.3
    with pytest.raises(
        InputError, match=r"soil.csv, depth: .*found 25 .*cm read as m; is source.depth"
    ):
        collect_profiles(table(depth_unit="m"), BOX)


def test_swapped_coordinates_beyond_the_pole(table):
    header = HEADER.replace("longitude,latitude", "latitude,longitude")
    with pytest.raises(InputError, match=r"soil.csv.*latitudes.*2 of 2.*-100.5 at 'A'.*swapped"):
        collect_profiles(table(*(r.replace("-90.25", "-95") for r in ROWS), header=header), BOX)


def test_swapped_coordinates_that_are_possible(table):
    header = HEADER.replace("longitude,latitude", "latitude,longitude")
    rows = [row.replace("-100.5", "-80.5").replace("-90.25", "-81") for row in ROWS]
    with pytest.raises(InputError, match=r"none of 2 inside, but 2 swapped.*swapped\?"):
        collect_profiles(table(*rows, header=header), BOX)


def test_longitudes_to_the_east_only(table):
    rows = [row.replace("-100.5", "259.5").replace("-90.25", "269.75") for row in ROWS]
    with pytest.raises(InputError, match=r"longitudes in \[-180, 180\].*259.5.*subtract 360"):
        collect_profiles(table(*rows), BOX)


def test_few_wrong_coordinates_are_booked(table):
    rows = [f"P{i:02},-100,{30 + i},{d},{d + 10},20,1,0,A" for i in range(15) for d in (0, 10)]
    rows += [f"bad,{where},{d},{d + 10},20,1,0,A" for where in ("-100,140",) for d in (0, 10)]
    rows += ["text,west,40,0,10,20,1,0,A", "void,,40,0,10,20,1,0,A", "zero,0,0,0,10,20,1,0,A"]
    rows += ["two,-100,40,0,10,20,1,0,A", "two,-101,40,10,20,20,1,0,A"]
    rows += ["half,-100,40,0,10,20,1,0,A", "half,,,10,20,20,1,0,A"]
    table_ = collect_profiles(table(*rows), BOX).profile_table()
    bad = table_.index[table_["status"] == "invalid_coordinates"].tolist()
    assert bad == ["bad", "half", "text", "void", "zero"]
    assert table_.loc["two", "status"] == "several_places"
    assert (table_["status"] == "accepted").sum() == 15


def test_empty_and_missing_file(table, tmp_path):
    source = table()
    source["path"].write_text("")
    with pytest.raises(InputError, match=r"soil.csv.*found an empty file"):
        collect_profiles(source)
    with pytest.raises(InputError, match=r"none.csv.*no such file"):
        collect_profiles({"format": "table", "path": tmp_path / "none.csv"})


def test_an_id_of_several_columns(table):
    header = "dataset," + HEADER
    rows = [f"X,{row}" for row in ROWS[:2]] + [
        f"Y,{row.replace('B,', 'A,', 1)}" for row in ROWS[2:]
    ]
    source = table(*rows, header=header, columns={"profile_id": ["dataset", "profile_id"]})
    ledger = collect_profiles(source, BOX)
    assert ledger.accepted_profiles().index.tolist() == ["X/A", "Y/A"]
    assert ledger.accepted_profiles()["longitude"].tolist() == [-100.5, -90.25]
    assert ledger.horizons["organic_carbon"].tolist() == [20, 10, 30, 5]


@pytest.mark.parametrize(
    ("columns", "rows", "message"),
    [
        (["dataset", "profile_id"], [",A", "X,B"], "line 2: expected a profile_id_1"),
        (["dataset", "profile_id"], ["X,", "X,B"], "line 2: expected a profile_id_2"),
        (["dataset", "profile_id"], ["X/1,A", "X,1/A"], "which both become 'X/1/A'"),
        (["dataset", "pit"], ["X,A", "X,B"], r"expected a column 'pit' \(profile_id_2\)"),
        ([], ["X,A", "X,B"], "profile_id: expected names of columns"),
    ],
)
def test_ids_of_several_columns_that_are_none(table, columns, rows, message):
    rows = [row + ",-100,40,0,10,20,1.2,0,A" for row in rows]
    source = table(*rows, header="dataset," + HEADER, columns={"profile_id": columns})
    with pytest.raises(InputError, match=r"columns.longitude: expected the name of one column"):
        collect_profiles({**source, "columns": {"longitude": ["a", "b"]}}, BOX)
    with pytest.raises(InputError, match=message):
        collect_profiles(source, BOX)


def test_an_id_with_rows_at_two_places_has_a_reason_of_its_own(table):
    rows = [f"P{i:02},-100,{30 + i / 2},{d},{d + 10},20,1,0,A" for i in range(9) for d in (0, 10)]
    rows += ["two,-100,40,0,10,20,1,0,A", "two,-101,40,10,20,20,1,0,A", "two,,,20,30,9,1,0,A"]
    rows += ["half,-100,40,0,10,20,1,0,A", "half,,,10,20,20,1,0,A"]
    rows += ["near,-100,40,0,10,21,1,0,A", "near,-100.000005,40,10,20,20,1,0,A"]
    ledger = collect_profiles(table(*rows), BOX)
    status = ledger.profile_table()["status"]
    assert status[["two", "half", "near"]].tolist() == [
        "several_places", "invalid_coordinates", "accepted"
    ]  # fmt: skip
    assert ledger.summary().loc["several_places", ["profiles", "horizons"]].tolist() == [1, 3]


def test_ids_of_several_data_sets_are_found_out(table):
    header = "dataset," + HEADER
    rows = [
        f"{name},{pit},{lon + pit},40,{d},{d + 10},{20 - d + pit},1,0,A"
        for name, lon in (("X", -100), ("Y", -90))
        for pit in range(4)
        for d in (0, 10)
    ]
    with pytest.raises(InputError) as error:
        collect_profiles(table(*rows, header=header), BOX)
    for part in ("profile_id: expected one place", "4 of 4 ids", "'0' at -100 40 (line 2) and -90"):
        assert part in str(error.value)
    columns = {"profile_id": ["dataset", "profile_id"]}
    ledger = collect_profiles(table(*rows, header=header, columns=columns), BOX)
    assert len(ledger.accepted_profiles()) == 8


def test_a_shifted_row_does_not_move_its_profile(table):
    rows = (*ROWS, "B,-90,25,35.5,60,80,5,1.4,0,C")  # a decimal comma in the longitude
    ledger = collect_profiles(table(*rows), BOX)
    assert ledger.profile_table()["status"].tolist() == ["accepted", "accepted"]
    assert statuses(ledger).count("unreadable_value") == 1
    assert ledger.profile_table()["n_horizons"].tolist() == [2, 3]
