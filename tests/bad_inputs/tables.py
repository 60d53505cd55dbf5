"""Broken tables of soil profiles: a plain table, and the folder of a WoSIS snapshot."""

from bad_inputs.case import Case, replaced

HEADER = (
    "profile_id,longitude,latitude,upper_depth_cm,lower_depth_cm,organic_carbon_g_kg,"
    "bulk_density_kg_dm3,coarse_fragments_pct,horizon\n"
)
SOUND = HEADER + (
    "P1,-99.5,40.2,0,20,31,1.1,5,A\n"
    "P1,-99.5,40.2,20,60,12,1.3,5,B\n"
    "P1,-99.5,40.2,60,120,4,,,C\n"
    "P2,-98.6,40.7,0,25,28,1.2,0,A\n"
    "P2,-98.6,40.7,25,80,9,1.4,0,B\n"
)


def _columns(values):
    """The sound table with some columns changed: {position: function of the text}."""
    rows = [line.split(",") for line in SOUND.splitlines()[1:]]
    for row in rows:
        for place, change in values.items():
            row[place] = change(row)
    return HEADER + "".join(",".join(row) + "\n" for row in rows)


def _table(name, text, *expect, **options):
    content = text if isinstance(text, bytes) else text.encode()
    return Case(f"{name}.csv", "table", expect, lambda path: path.write_bytes(content), options)


NONE_LEFT = "expected at least one accepted profile, found none of 2"

TABLES = [
    _table("empty", "", "empty.csv: expected a delimited text table, found an empty file"),
    _table("header_only", HEADER, "header_only.csv: expected at least one row, found"),
    _table(
        "no_depths",
        SOUND.replace("upper_depth_cm", "top"),
        "no_depths.csv: expected a column 'upper_depth_cm' (upper_depth), found columns profile_id",
        "map it in source.columns",
    ),
    _table(
        "semicolons",
        SOUND.replace(",", ";"),
        "semicolons.csv: expected a column 'profile_id' (profile_id)",
        "found columns profile_id;longitude",
        "were separated at ',': is `separator` right?",
    ),
    _table(
        "column_twice",
        replaced(SOUND, "coarse_fragments_pct", "longitude"),
        "column_twice.csv: expected one column 'longitude' (longitude), found 2",
        columns={"coarse_fragments": None},
    ),
    _table(
        "latin_1",
        replaced(SOUND, "C\n", "Bräunerde\n").encode("latin-1"),
        "latin_1.csv: expected text in utf-8, found byte 0xe4 in line 4",
        "set `encoding` in the source",
    ),
    _table(
        "utf_16",
        SOUND.encode("utf-16-le"),
        "utf_16.csv: expected text in utf-8, found what looks like UTF-16",
        "encoding: utf-16",
    ),
    _table(
        "spreadsheet",
        b"PK\x03\x04\x14\x00\x06\x00\x08\xff",
        "spreadsheet.csv: expected a delimited text table, found a zip archive",
        "save a spreadsheet as .xlsx",
    ),
    _table(
        "unknown_encoding",
        SOUND,
        "unknown_encoding.csv, encoding: expected the name of an encoding, found 'utf8mb4'",
        encoding="utf8mb4",
    ),
    _table(
        "row_without_id",
        replaced(SOUND, "P1,-99.5,40.2,60", ",-99.5,40.2,60"),
        "row_without_id.csv, line 4: expected a profile_id, found an empty cell",
    ),
    _table(
        "coordinates_swapped",
        _columns({1: lambda row: row[2], 2: lambda row: "-99.5"}),
        "coordinates_swapped.csv: expected latitudes in [-90, 90]",
        "2 of 2 profiles beyond, e.g. -99.5 at 'P1'",
        "are longitude and latitude swapped?",
    ),
    _table(
        "longitudes_to_360",
        _columns({1: lambda row: "260.5"}),
        "longitudes_to_360.csv: expected longitudes in [-180, 180]",
        "e.g. 260.5 at 'P1'",
        "subtract 360",
    ),
    _table(
        "depths_in_metres",
        _columns({3: lambda row: f"{int(row[3]) / 100}", 4: lambda row: f"{int(row[4]) / 100}"}),
        "depths_in_metres.csv, depth: expected depth in m, with a median of 0.05 to 5, found ",
        "it looks like m read as cm; is source.depth_unit right?",
    ),
    _table(
        "depths_in_centimetres",
        SOUND,
        "depths_in_centimetres.csv, depth: expected depth in m, with a median of 0.05 to 5, found ",
        "it looks like cm read as m or mm read as m; is source.depth_unit right?",
        depth_unit="m",
    ),
    _table(
        "depths_reversed",
        SOUND.replace("upper_depth_cm,lower_depth_cm", "lower_depth_cm,upper_depth_cm"),
        "depths_reversed.csv, lower_depth: expected lower depths below upper ones",
        "5 of 5 rows otherwise, the first in line 2: 20 to 0",
        "are upper and lower depth swapped?",
    ),
    _table(
        "decimal_commas",
        _columns({5: lambda row: f'"{row[5]},5"'}),
        "decimal_commas.csv, organic_carbon: expected numbers",
        "5 of 5 rows with other text, the first in line 2: '31,5'",
    ),
    _table(
        "carbon_in_percent",
        _columns({5: lambda row: "310"}),
        NONE_LEFT,
        "implausible_value 2",
        organic_carbon_unit="percent",
    ),
    _table(
        "density_in_kg_m3",
        _columns({6: lambda row: "1300"}),
        "density_in_kg_m3.csv, bulk_density: expected bulk_density in kg dm-3",
        "it looks like kg m-3 read as kg dm-3; is source.bulk_density_unit right?",
    ),
    _table(
        "outside_the_region",
        _columns({1: lambda row: "10.5", 2: lambda row: "50.5"}),
        NONE_LEFT,
        "outside_region 2",
    ),
    _table(
        "one_horizon_each",
        HEADER + "P1,-99.5,40.2,0,20,31,1.1,5,A\nP2,-98.6,40.7,0,25,28,1.2,0,A\n",
        NONE_LEFT,
        "too_few_horizons 2",
    ),
]


# --- WoSIS, layout of September 2019 -------------------------------------------------------------

CODES = ("bdfi33", "bdfiad", "bdfifm", "bdfiod", "bdws33", "bdwsad", "bdwsfm", "bdwsod")
PHYSICAL = ["profile_id", "profile_layer_id", *(f"{code}_value_avg" for code in CODES)]
PHYSICAL += ["cfvo_value_avg", "cfgr_value_avg"]
SNAPSHOT = {
    "profiles": "profile_id\tlatitude\tlongitude\n7\t40.2\t-99.5\n8\t40.7\t-98.6\n",
    "layers_chemical": (
        "profile_id\tprofile_layer_id\tupper_depth\tlower_depth\tlitter\torgc_value_avg\n"
        "7\t1\t0\t20\tfalse\t31\n7\t2\t20\t60\tfalse\t12\n"
        "8\t3\t0\t25\tfalse\t28\n8\t4\t25\t80\tfalse\t9\n"
    ),
    "layers_physical": (
        "\t".join(PHYSICAL) + "\n" + "7\t1" + "\t1.1" * 8 + "\t5\t\n8\t3\t\t1.2" + "\t" * 8 + "\n"
    ),
}


def write_snapshot(folder, **changes):
    """Write the three files; changes: pairs (old, new) in one of them, or None for no such file."""
    folder.mkdir()
    for role, text in SNAPSHOT.items():
        change = changes.get(role, ())
        if change is not None:
            text = replaced(text, *change) if change else text
            (folder / f"wosis_201909_{role}.tsv").write_text(text)


def _wosis(name, changes, *expect):
    return Case(name, "wosis", expect, lambda folder: write_snapshot(folder, **changes))


WOSIS = [
    _wosis(
        "no_physical_file",
        {"layers_physical": None},
        "wosis_201909_layers_physical.tsv: expected a readable file, found no such file",
    ),
    _wosis(
        "other_columns",
        {"layers_chemical": ("orgc_value_avg", "orgc_avg")},
        "layers_chemical.tsv: expected a column 'orgc_value_avg' (organic_carbon)",
        "found columns profile_id, profile_layer_id",
        "if this snapshot has none, set its name to null",
    ),
    _wosis(
        "profile_twice",
        {"profiles": ("8\t40.7", "7\t40.7")},
        "wosis_201909_profiles.tsv, profile_id: expected one row per identifier",
        "found '7' empty or repeated",
    ),
    _wosis(
        "layer_twice",
        {"layers_chemical": ("8\t4\t", "8\t3\t")},
        "layers_chemical.tsv, profile_layer_id: expected one row per layer",
        "found '3' more than once",
    ),
    _wosis(
        "layer_without_profile",
        {"layers_chemical": ("8\t4\t", "\t4\t")},
        "layers_chemical.tsv, line 5: expected a profile_id, found an empty cell",
    ),
    _wosis(
        "coordinates_swapped",
        {"profiles": ("latitude\tlongitude", "longitude\tlatitude")},
        "coordinates_swapped: expected latitudes in [-90, 90]",
        "are longitude and latitude swapped?",
    ),
]

CASES = TABLES + WOSIS
