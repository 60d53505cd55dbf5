"""Broken tables of the kind that come with the workflow: covariates, sources, example columns."""

from bad_inputs.case import Case, replaced
from proda.data.covariate_table import COLUMNS
from proda.data.downloads.register import COLUMNS as SOURCE_COLUMNS

COVARIATES = ",".join(COLUMNS) + (
    "\nBIO1,Temperature,climate.tif,,,,continuous,degC,0.1,0,-9999,-60,40,own,\n"
    "IGBP,Land cover,cover.tif,,,,class,1,1,0,0 255,1,17,own,\n"
)
SOURCES = ",".join(SOURCE_COLUMNS) + (
    f"\nsoil,1,soil.zip,https://example.org/soil.zip,99,{'0f' * 32},open,none,open,no,\n"
    "soil,1,more.zip,https://example.org/more.zip,,,open,none,open,no,\n"
)
COLUMN_TABLE = (
    "name,npp_min,npp_mean,npp_max,active_layer_depth,soil_temperature,soil_water_potential,sand\n"
    "forest,320,420,520,6.0,277.2,-0.03,45\ndesert,40,90,170,10.0,290.5,-1.20,60\n"
)


def _of(reader):
    def case(name, text, *expect):
        content = text if isinstance(text, bytes) else text.encode()
        return Case(f"{name}.csv", reader, expect, lambda path: path.write_bytes(content))

    return case


_covariates, _sources, _columns = (
    _of(reader) for reader in ("covariate_table", "sources", "example_columns")
)

COMPONENT = "NEWSUID,SCID,PROP,Layer,TopDep,BotDep,CFRAG,BULK,ORGC\n" + "".join(
    f"WD1,1,100,D{i},{top},{bottom},10,1.3,{20 - 2 * i}\n"
    for i, (top, bottom) in enumerate(
        [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100), (100, 150), (150, 200)], start=1
    )
)
_units = _of("map_units")

CASES = [
    _covariates("empty", "", "empty.csv: expected a delimited text table, found"),
    _covariates(
        "column_missing",
        replaced(COVARIATES, ",crs", ""),
        "column_missing.csv: expected columns name, product, file, variable, band, crs",
        "found name, product, file, variable, band, kind",
    ),
    _covariates(
        "cell_too_many",
        replaced(COVARIATES, "Land cover", "Land, cover"),
        "cell_too_many.csv, line 3: expected 15 cells, as in the header, found 16",
        "a text with a separator in it needs quotes",
    ),
    _covariates(
        "latin_1",
        replaced(COVARIATES, "Land cover", "Végétation").encode("latin-1"),
        "latin_1.csv: expected text in utf-8, found byte 0xe9",
    ),
    _covariates(
        "name_twice",
        replaced(COVARIATES, "IGBP", "BIO1"),
        "name_twice.csv: expected each name once, found 'BIO1' again",
    ),
    _covariates(
        "text_in_a_number",
        replaced(COVARIATES, "0.1", "a tenth"),
        "text_in_a_number.csv, row 2 (BIO1), scale: expected a number, found 'a tenth'",
    ),
    _covariates(
        "unknown_kind",
        replaced(COVARIATES, "class", "categorical"),
        "unknown_kind.csv, row 3 (IGBP), kind: expected continuous or class, found 'categorical'",
    ),
    _covariates(
        "codes_as_a_list",
        replaced(COVARIATES, "0 255", '"0,255"'),
        "codes_as_a_list.csv, row 3 (IGBP), missing: expected codes as `0 255`",
        "found '0,255'",
    ),
    _covariates(
        "range_reversed",
        replaced(COVARIATES, "-60,40", "40,-60"),
        "range_reversed.csv, row 2 (BIO1), valid range: expected valid_min <= valid_max",
        "found 40.0 to -60.0",
    ),
    _covariates(
        "no_file",
        replaced(COVARIATES, "climate.tif", ""),
        "no_file.csv, row 2 (BIO1), file: expected a value, found nothing",
    ),
    _sources("empty", "", "empty.csv: expected a delimited text table, found"),
    _sources(
        "column_renamed",
        replaced(SOURCES, "addresses", "url"),
        "column_renamed.csv: expected columns product, version, file, addresses",
        "found product, version, file, url",
    ),
    _sources(
        "no_address",
        replaced(SOURCES, "https://example.org/soil.zip", "example.org/soil.zip"),
        "no_address.csv row 2: expected an http or https address, found example.org/soil.zip",
    ),
    _sources(
        "password_in_address",
        replaced(SOURCES, "https://example.org/soil.zip", "https://me:secret@example.org/soil.zip"),
        "password_in_address.csv row 2: expected no login in the address",
    ),
    _sources(
        "short_checksum",
        replaced(SOURCES, "0f" * 32, "0f0f"),
        "short_checksum.csv row 2: sha256: expected 64 hexadecimal digits, found 0f0f",
    ),
    _sources(
        "size_in_words",
        replaced(SOURCES, ",99,", ",99 MB,"),
        "size_in_words.csv row 2: size_bytes: expected a number of bytes, found 99 MB",
    ),
    _sources(
        "file_twice",
        replaced(SOURCES, "more.zip,h", "soil.zip,h"),
        "file_twice.csv row 3: expected a product and file of its own, found soil, soil.zip",
    ),
    _sources(
        "row_cut_off",
        SOURCES[: SOURCES.index("https://example.org/more.zip")] + "\n",
        "row_cut_off.csv, line 3: expected 11 cells, as in the header, found 4",
    ),
    _sources(
        "file_above_its_folder",
        replaced(SOURCES, "more.zip,h", "../more.zip,h"),
        "file_above_its_folder.csv row 3: file: expected a relative path below its folder",
        "found '../more.zip'",
    ),
    _sources(
        "absolute_file",
        replaced(SOURCES, "more.zip,h", "/tmp/more.zip,h"),
        "absolute_file.csv row 3: file: expected a relative path below its folder",
    ),
    _sources(
        "file_named_like_a_partial_one",
        replaced(SOURCES, "more.zip,h", "soil.zip.part,h"),
        "file_named_like_a_partial_one.csv row 3: file: expected a name with another ending",
    ),
    _sources(
        "size_in_other_digits",
        replaced(SOURCES, ",99,", ",９９,"),
        "size_in_other_digits.csv row 2: size_bytes: expected a number of bytes, found ９９",
    ),
    _sources(
        "blank_in_an_address",
        replaced(SOURCES, "org/soil.zip", "org/my soil.zip"),
        "blank_in_an_address.csv row 2: expected an http or https address, found soil.zip",
        "one within an address is %20",
    ),
    _sources(
        "other_case",
        replaced(SOURCES, "more.zip,h", "Soil.ZIP,h"),
        "other_case.csv row 3: expected a product and file of its own, found soil, Soil.ZIP",
    ),
    _columns(
        "column_missing",
        replaced(COLUMN_TABLE, "soil_temperature", "tsoi"),
        "column_missing.csv: expected columns name, npp_min, npp_mean",
        "found no soil_temperature among name, npp_min",
    ),
    _columns(
        "text_in_a_number",
        replaced(COLUMN_TABLE, "290.5", "warm"),
        "text_in_a_number.csv, row 3, soil_temperature: expected a number, found 'warm'",
    ),
    _columns(
        "celsius",
        replaced(replaced(COLUMN_TABLE, "277.2", "4.0"), "290.5", "17.3"),
        "celsius.csv, row 2, soil_temperature: expected values in [180, 340] K, found 4",
        "soil temperature is in K",
    ),
    _units(
        "column_missing",
        replaced(COMPONENT, "BULK", "BD"),
        "column_missing.csv: expected columns NEWSUID, SCID, PROP, Layer",
        "found no BULK",
    ),
    _units(
        "text_in_a_number",
        replaced(COMPONENT, "10,1.3,12", "10,light,12"),
        "text_in_a_number.csv, row 5, BULK: expected a number, found 'light'",
    ),
    _units(
        "layer_missing",
        replaced(COMPONENT, "WD1,1,100,D4,60,80,10,1.3,12\n", ""),
        "layer_missing.csv, unit WD1, component 1: expected layers D1 to D7, each once",
    ),
    _units(
        "shares_short_of_all",
        COMPONENT.replace("WD1,1,100", "WD1,1,60"),
        "shares_short_of_all.csv, unit WD1, PROP: expected proportions that add up to 100 %, "
        "found 60",
    ),
    _units(
        "density_in_kg_m3",
        COMPONENT.replace(",1.3,", ",1300,"),
        "density_in_kg_m3.csv, row 2 (unit WD1): expected",
        "BULK <= 3 kg dm-3",
        "BULK 1300",
    ),
]
