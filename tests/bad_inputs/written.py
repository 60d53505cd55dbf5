"""Tables written in another way than declared: quotes, signs, further rows, other files."""

from bad_inputs.case import Case, replaced
from bad_inputs.tables import HEADER, SNAPSHOT, SOUND, write_snapshot

POINTS = "point_id,longitude,latitude,stock\na,-99.5,40.5,10.5\nb,-98.5,40.5,8\n"


def _case(reader, name, text, *expect, ending="csv", **options):
    content = text if isinstance(text, bytes) else text.encode()
    name = f"{name}.{ending}"
    return Case(name, reader, expect, lambda path: path.write_bytes(content), options)


def _snapshot(name, changes, *expect):
    return Case(name, "wosis", expect, lambda folder: write_snapshot(folder, **changes))


UNITS = ",deg,deg,cm,cm,g/kg,kg/dm3,%,\n"
REPEATED = "".join(
    f"{pit},{lon + pit / 10},40.5,{top},{top + 20},{20 - top / 10},1.2,0,A\n"
    for lon in (-99.9, -98.9)
    for pit in range(4)
    for top in (0, 20)
)
_LAYERS = SNAPSHOT["layers_chemical"]

CASES = [
    _case(
        "table",
        "quotes_around_rows",
        SOUND.replace(",C\n", ',"C\n').replace("1.4,0,B\n", '1.4,0,B"\n'),
        "quotes_around_rows.csv, line 4: expected a quoted cell, or a quote that is text",
        "up to line 6, with whole rows in it",
        "quoted: false",
    ),
    _case(
        "table",
        "units_below_the_header",
        SOUND.replace("horizon\n", "horizon\n" + UNITS),
        "units_below_the_header.csv, line 2: expected numbers in upper_depth, lower_depth",
        "'cm', 'cm', 'g/kg'",
        "skip_rows: [2]",
    ),
    _case(
        "table",
        "degrees_and_minutes",
        SOUND.replace("-99.5", "99°30'W").replace("-98.6", "98°36'00\" W"),
        "degrees_and_minutes.csv, longitude: expected numbers",
        '5 of 5 rows with other text, the first in line 2: "99°30\'W"',
        "decimal degrees are needed",
    ),
    _case(
        "table",
        "commas_in_coordinates",
        SOUND.replace(",", ";").replace("-99.5", "-99,5").replace("-98.6", "-98,6"),
        "commas_in_coordinates.csv, longitude: expected numbers",
        "the first in line 2: '-99,5'",
        'decimal: ","',
        separator=";",
    ),
    _case(
        "table",
        "commas_between_commas",
        SOUND.replace("-99.5", "-99,5").replace("-98.6", "-98,6"),
        "commas_between_commas.csv, line 2: expected as many cells as the header has",
        "more cells than the header in 5 of 5 rows",
    ),
    _case(
        "table",
        "nul",
        replaced(SOUND, "31", "3\0"),
        "nul.csv, line 2: expected text, found a NUL character",
    ),
    _case(
        "table",
        "separator_of_two",
        SOUND.replace(",", ";;"),
        "source.separator: expected one character between cells",
        "found ';;'",
        separator=";;",
    ),
    _case(
        "table",
        "lines_above_the_header",
        "# pits of 2019\n" + SOUND,
        "lines_above_the_header.csv: expected a column 'profile_id'",
        "found columns # pits of 2019",
        "skip_rows",
    ),
    _case(
        "table",
        "ids_of_two_data_sets",
        HEADER + REPEATED,
        "ids_of_two_data_sets.csv, profile_id: expected one place for each profile",
        "4 of 4 ids at several, e.g. '0' at -99.9 40.5 (line 2) and -98.9 40.5 (line 10)",
        "profile_id: [dataset, pit]",
    ),
    _case(
        "table",
        "no_workbook",
        SOUND,
        "no_workbook.xlsx: expected a workbook (.xlsx)",
        "save it again",
        ending="xlsx",
    ),
    _case(
        "points",
        "semicolons",
        POINTS.replace(",", ";"),
        "semicolons.csv: expected a column 'point_id'",
        "is `separator` right?",
    ),
    _case(
        "points",
        "decimal_commas",
        POINTS.replace(",", ";").replace(".", ","),
        "decimal_commas.csv, longitude: expected numbers",
        "'-99,5'",
        separator=";",
    ),
    _case(
        "points",
        "grams",
        POINTS.replace("10.5", "10500"),
        "grams.csv row 2, column 'stock': expected a stock of at most 1000 kg m-2",
        "is the unit kg m-2?",
    ),
    _case(
        "points", "header_only", POINTS.split("\n")[0], "header_only.csv: expected at least one row"
    ),
    _case(
        "map_units",
        "row_cut_off",
        "NEWSUID,SCID,PROP,Layer,TopDep,BotDep,CFRAG,BULK,ORGC\nWD1,1,100,D1,0,20,10\n",
        "row_cut_off.csv, line 2: expected 9 cells, as in the header, found 7",
    ),
    _snapshot(
        "quotes_around_rows",
        {"layers_chemical": ("false\t12\n8", 'false\t"12\n8\t9\t1\t2\tfalse\t1"\n8')},
        "wosis_201909_layers_chemical.tsv, line 3: expected a quoted cell",
        "up to line 4, with whole rows in it",
    ),
    _snapshot(
        "row_cut_off",
        {"layers_chemical": (_LAYERS[-10:], _LAYERS[-10:-5])},
        "wosis_201909_layers_chemical.tsv, line 5: expected 6 cells, as in the header, found",
    ),
]
