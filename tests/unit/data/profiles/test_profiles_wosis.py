"""The three WoSIS layouts in small, with the traps of the real files."""

import pytest
import shapely

from proda.data.profiles import collect_profiles
from proda.data.region import Region
from proda.errors import InputError
from proda.text import blocks

BOX = Region("box", shapely.box(-125, 24, -66, 50), {}).contains
BD_2019 = ("bdfi33", "bdfiad", "bdfifm", "bdfiod", "bdws33", "bdwsad", "bdwsfm", "bdwsod")


def write(path, columns, rows):
    """A tab-separated file; rows are {column: text}, all else is empty."""
    lines = ["\t".join(columns)]
    lines += ["\t".join(str(row.get(column, "")) for column in columns) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def seven(code):
    parts = ("value", "value_avg", "method", "date", "dataset_id", "profile_code", "licence")
    return [f"{code}_{part}" for part in parts]


def value(code, number, shown="{1:999}"):
    """A property as the file gives it: the text of its repeats and their mean."""
    return {f"{code}_value": shown, f"{code}_value_avg": number}


def snapshot_2019(folder, profiles, chemical, physical):
    where = ["profile_id", "dataset_id", "country_id", "country_name", "latitude", "longitude"]
    write(folder / "wosis_201909_profiles.tsv", where, profiles)
    start = ["profile_id", "profile_layer_id", "upper_depth", "lower_depth", "layer_name", "litter"]
    columns = [*start, *seven("orgc"), *seven("phaq")]
    write(folder / "wosis_201909_layers_chemical.tsv", columns, chemical)
    columns = start + [c for code in (*BD_2019, "cfgr", "cfvo", "clay") for c in seven(code)]
    write(folder / "wosis_201909_layers_physical.tsv", columns, physical)
    return {"format": "wosis_2019", "path": folder}


def place(profile, longitude=-100.0, latitude=40.0, country="US"):
    return {
        "profile_id": profile,
        "longitude": longitude,
        "latitude": latitude,
        "country_id": country,
    }


def layer(profile, number, upper, lower, **more):
    ends = {"upper_depth": upper, "lower_depth": lower, "litter": "false"}
    return {"profile_id": profile, "profile_layer_id": number, **ends, **more}


def by_id(ledger):
    return ledger.horizons.set_index("horizon_id")


@pytest.fixture
def typical(tmp_path):
    chemical = [
        layer(7, 1, 0, 10, **value("orgc", 20)),
        layer(7, 2, 10, 30, **value("orgc", 10)),
        layer(7, 3, 30, 60, **value("orgc", 0)),
        layer(7, 4, 60, 90),
        layer(7, 5, 0, 5, **value("orgc", 400), **{"litter": "true"}),
        layer(7, 6, -4, 0, **value("orgc", 400)),
        layer(7, 7, 90, 90, **value("orgc", 5)),
        layer(8, 8, 0, 10, **value("orgc", 20)),
        layer(8, 9, 10, 30, **value("orgc", 20)),
        layer(99, 10, 0, 10, **value("orgc", 20)),
    ]
    physical = [
        # Another order than in the chemical file, and a layer that only this file has.
        layer(7, 77, 0, 5, **value("bdfiod", 0.7)),
        layer(7, 2, 10, 30, **value("bdwsod", 1.5), **value("cfgr", 20), **value("cfvo", 12)),
        layer(7, 1, 0, 10, **value("bdfi33", 1.3), **value("bdws33", 1.9), **value("cfvo", 10)),
    ]
    profiles = [place(9), place(8, 15.0, -22.0, "NA"), place(7)]
    return snapshot_2019(tmp_path, profiles, chemical, physical)


def test_2019_known_answers(typical):
    ledger = collect_profiles(typical, BOX)
    horizons = by_id(ledger)
    assert horizons.loc["1", "soc_density"] == pytest.approx(20 * 1.3 * 0.9 * 1000)
    assert horizons.loc["1", "bulk_density_source"] == "bdfi33"
    assert horizons.loc["1", "node_depth"] == 0.05
    # Whole soil: the fragments leave by mass only.
    assert horizons.loc["2", "soc_density"] == pytest.approx(10 * 1.5 * 0.8 * 1000)
    assert horizons["status"].to_dict() == {
        "1": "accepted",
        "2": "accepted",
        "3": "zero_carbon",
        "4": "no_carbon_value",
        "5": "organic_or_litter",
        "6": "organic_or_litter",
        "7": "invalid_depths",
    }


def test_2019_books_every_profile_and_horizon(typical):
    ledger = collect_profiles(typical, BOX)
    table = ledger.profile_table()
    # 99 is in the layer file only; 9 is in the profile file only.
    assert table["status"].to_dict() == {
        "7": "accepted",
        "8": "outside_region",
        "9": "no_horizons",
        "99": "invalid_coordinates",
    }
    assert table["n_horizons"].tolist() == [7, 2, 0, 1]
    assert table["n_accepted_horizons"].tolist() == [2, 0, 0, 0]
    assert table.loc["7", "max_depth_m"] == 0.3
    summary = ledger.summary()
    assert summary.loc["total", ["profiles", "horizons"]].tolist() == [4, 10]
    assert summary["horizons"].drop("total").sum() == 10
    assert summary.loc["outside_region", "horizons"] == 2


def test_2019_does_not_lose_namibia(typical):
    # Its ISO code "NA" must not be taken for a missing value.
    assert collect_profiles(typical).profile_table().loc["8", "status"] == "accepted"


def test_2019_text_of_repeats_is_not_read_as_the_value(typical):
    assert by_id(collect_profiles(typical)).loc["1", "organic_carbon"] == 20
    wrong = {**typical, "columns": {"organic_carbon": "orgc_value"}}
    horizons = by_id(collect_profiles(wrong))
    assert horizons.loc["1", "status"] == "unreadable_value"
    assert horizons.loc["1", "unreadable"] == "organic_carbon '{1:999}'"


def test_2019_in_chunks_is_the_same(typical, monkeypatch):
    whole = collect_profiles(typical, BOX)
    monkeypatch.setattr(blocks, "BLOCK_CHARACTERS", 64)
    parts = collect_profiles(typical, BOX)
    assert parts.horizons.equals(whole.horizons)
    assert parts.profiles.equals(whole.profiles)


def test_one_unreadable_number_spares_the_others(typical):
    file = typical["path"] / "wosis_201909_layers_physical.tsv"
    file.write_text(file.read_text().replace("\t1.3\t", "\tabout 1.3\t"))
    horizons = by_id(collect_profiles(typical, BOX))
    assert horizons.loc["1", "status"] == "unreadable_value"
    assert horizons.loc["1", "unreadable"] == "bdfi33 'about 1.3'"
    assert horizons.loc["2", "soc_density"] == pytest.approx(12_000)


def test_missing_column_is_named_with_what_was_found(typical):
    file = typical["path"] / "wosis_201909_layers_physical.tsv"
    file.write_text(file.read_text().replace("bdfi33_value_avg", "bdfi33_mean"))
    with pytest.raises(InputError) as error:
        collect_profiles(typical, BOX)
    for fragment in (str(file), "'bdfi33_value_avg' (bdfi33)", "bdfi33_mean", "null"):
        assert fragment in str(error.value)
    ledger = collect_profiles({**typical, "columns": {"bdfi33": None}}, BOX)
    assert by_id(ledger).loc["1", "bulk_density_source"] == "bdws33"


def test_layer_twice_in_a_file(typical):
    file = typical["path"] / "wosis_201909_layers_physical.tsv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines, lines[-1]]))
    with pytest.raises(InputError, match=r"physical.*profile_layer_id.*one row per layer.*'1'"):
        collect_profiles(typical, BOX)


def test_profile_twice_in_a_file(typical):
    file = typical["path"] / "wosis_201909_profiles.tsv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines, lines[-1]]))
    with pytest.raises(InputError, match=r"profiles.tsv, profile_id.*'7' empty or repeated"):
        collect_profiles(typical, BOX)


def test_layer_without_profile_names_its_line(typical):
    file = typical["path"] / "wosis_201909_layers_chemical.tsv"
    file.write_text(file.read_text().replace("\n8\t8\t", "\n\t8\t"))
    with pytest.raises(InputError, match=r"chemical.tsv, line 9: expected a profile_id"):
        collect_profiles(typical, BOX)


def test_missing_file_and_folder(typical):
    (typical["path"] / "wosis_201909_layers_physical.tsv").unlink()
    with pytest.raises(InputError, match=r"layers_physical.tsv.*no such file"):
        collect_profiles(typical, BOX)
    with pytest.raises(InputError, match="folder of the unpacked snapshot"):
        collect_profiles({**typical, "path": typical["path"] / "elsewhere"}, BOX)


def test_typo_in_the_settings(typical):
    with pytest.raises(InputError, match=r"source: expected keys among.*'colums'"):
        collect_profiles({**typical, "colums": {}}, BOX)
    with pytest.raises(InputError, match=r"source.columns.*'bdfi34'"):
        collect_profiles({**typical, "columns": {"bdfi34": None}}, BOX)
    with pytest.raises(InputError, match=r"source.columns.organic_carbon.*None"):
        collect_profiles({**typical, "columns": {"organic_carbon": None}}, BOX)


def test_wrong_encoding(typical):
    file = typical["path"] / "wosis_201909_profiles.tsv"
    file.write_bytes(file.read_bytes().replace(b"\tNA\t", "\tC\xf4te\t".encode("latin-1")))
    with pytest.raises(InputError, match=r"text in utf-8, found byte 0xf4.*latin-1"):
        collect_profiles(typical)
    assert len(collect_profiles({**typical, "encoding": "latin-1"}).accepted_profiles()) == 2


def test_2016(tmp_path):
    where = ["profile_id", "country_id", "country_name", "latitude", "longitude"]
    # A lone quote would swallow the following rows if quoting were on.
    profiles = [place(1) | {"country_name": 'the "State'}, place(2, -90.0, 35.0)]
    write(tmp_path / "wosis_201607_profiles.txt", where, profiles)
    codes = ("orgc", "bdfi", "bdws", "cfgr", "cfvo")
    columns = ["profile_id", "profile_layer_id", "top", "bottom", "layer_name"]
    columns += [column for code in codes for column in seven(code)]
    rows = [
        {"profile_id": profile, "profile_layer_id": 10 * profile + i}
        | {"top": 10 * i, "bottom": 10 * i + 10, "layer_name": '"A'}
        | value("orgc", 20)
        for profile in (1, 2)
        for i in (0, 1)
    ]
    rows[0] |= value("bdfi", 1.1) | value("bdws", 1.6) | value("cfvo", 50)
    rows[1] |= value("bdws", 1.6) | value("cfgr", 50)
    # The old convention for an organic layer of 5 cm above the mineral soil.
    rows.append(rows[0] | {"profile_layer_id": 99, "top": 5, "bottom": 0})
    write(tmp_path / "wosis_201607_layers.txt", columns, rows)

    ledger = collect_profiles({"format": "wosis_2016", "path": tmp_path}, BOX)
    horizons = by_id(ledger)
    assert ledger.profile_table()["status"].tolist() == ["accepted", "accepted"]
    assert horizons.loc["10", "soc_density"] == pytest.approx(20 * 1.1 * 0.5 * 1000)
    assert horizons.loc["10", "bulk_density_source"] == "bdfi"
    assert horizons.loc["11", "soc_density"] == pytest.approx(20 * 1.6 * 0.5 * 1000)
    assert horizons.loc["11", "bulk_density_source"] == "bdws"
    assert horizons.loc["11", "node_depth"] == pytest.approx(0.15)
    assert horizons.loc["20", "bulk_density_source"] == "ptf_tao_2024"
    assert horizons.loc["99", "status"] == "organic_or_litter"


CODES_2023 = ("bdfiad", "bdfiod", "bdfifm", "bdwsad", "bdwsod", "cfvo", "cfgr")


def snapshot_2023(folder, at_33_kpa="bdfi33l"):
    def file(name, columns, rows):
        write(folder / f"wosis_202312_{name}.tsv", columns, rows)

    file("profiles", ["profile_id", "country_name"], [{"profile_id": p} for p in (1, 2, 3)])
    sites = [{"site_id": 50 + p, "longitude": -100 + p, "latitude": 40} for p in (1, 2)]
    file("sites", ["site_id", "longitude", "latitude"], sites)
    columns = ["profile_id", "layer_id", "site_id", "upper_depth", "lower_depth", "layer_name"]
    layers = [
        {"profile_id": p, "site_id": 50 + p, "layer_id": 10 * p + i}
        | {"upper_depth": 10 * i, "lower_depth": 10 * i + 10}
        for p in (1, 2)
        for i in range(3)
    ]
    file("layers", columns, layers)
    columns = ["profile_id", "layer_id", "organic_surface", "value", "value_avg", "longitude"]
    carbon = [
        {"profile_id": row["profile_id"], "layer_id": row["layer_id"], "value": "{20.0}"}
        | {"organic_surface": "TRUE" if row["layer_id"] == 10 else "FALSE", "value_avg": 20}
        for row in layers
    ]
    file("orgc", columns, carbon)
    for code in (*CODES_2023, at_33_kpa):
        file(code, columns, [])
    file(at_33_kpa, columns, [{"layer_id": 11, "value": "{1.0}", "value_avg": 1.2}])
    file("cfvo", columns, [{"layer_id": 11, "value": "{50}", "value_avg": 25}])
    return {"format": "wosis_2023", "path": folder}


@pytest.mark.parametrize("spelling", ["bdfi33l", "bdfi33"])
def test_2023(tmp_path, spelling):
    ledger = collect_profiles(snapshot_2023(tmp_path, spelling), BOX)
    horizons = by_id(ledger)
    assert horizons.loc["10", "status"] == "organic_or_litter"
    assert horizons.loc["11", "soc_density"] == pytest.approx(20 * 1.2 * 0.75 * 1000)
    assert horizons.loc["11", "bulk_density_source"] == "bdfi33"
    assert horizons.loc["12", "bulk_density_source"] == "ptf_tao_2024"
    table = ledger.profile_table()
    assert table["status"].tolist() == ["accepted", "accepted", "no_horizons"]
    assert table["longitude"].tolist()[:2] == [-99, -98]
    assert table["n_accepted_horizons"].tolist() == [2, 3, 0]


def test_2023_optional_property_is_used_when_there(tmp_path):
    source = snapshot_2023(tmp_path)
    rows = [{"layer_id": 12, "value_avg": 1.7}]
    write(tmp_path / "wosis_202312_bdwsfm.tsv", ["layer_id", "value_avg"], rows)
    assert by_id(collect_profiles(source, BOX)).loc["12", "bulk_density_source"] == "bdwsfm"


def test_2023_missing_property_is_no_silent_zero(tmp_path):
    source = snapshot_2023(tmp_path)
    (tmp_path / "wosis_202312_cfvo.tsv").unlink()
    with pytest.raises(InputError, match=r"coarse_fragments_volume.*wosis_202312_cfvo.tsv.*none"):
        collect_profiles(source, BOX)
    declared = {**source, "files": {"coarse_fragments_volume": None}}
    assert by_id(collect_profiles(declared, BOX)).loc["11", "soc_density"] == pytest.approx(24_000)


def test_2023_two_spellings_at_once(tmp_path):
    source = snapshot_2023(tmp_path)
    write(tmp_path / "wosis_202312_bdfi33.tsv", ["layer_id", "value_avg"], [])
    with pytest.raises(InputError, match=r"bdfi33l.tsv and wosis_202312_bdfi33.tsv"):
        collect_profiles(source, BOX)
    named = {**source, "files": {"bdfi33": "wosis_202312_bdfi33l.tsv"}}
    assert by_id(collect_profiles(named, BOX)).loc["11", "bulk_density_source"] == "bdfi33"


def test_codes_and_replicates_of_a_snapshot(tmp_path):
    chemical = [
        layer(7, 1, 0, 10, **value("orgc", 20)),
        layer(7, 2, 0, 10, **value("orgc", 30)),
        layer(7, 3, 10, 30, **value("orgc", 10)),
        layer(7, 4, 30, 60, **value("orgc", -9999)),
        layer(7, 5, -9999, 90, **value("orgc", 5)),
        layer(7, 6, 90, 99, **value("orgc", 5)),
        layer(7, 8, 99, 120, **value("orgc", 8.9e-15)),
    ]
    physical = [
        layer(7, 1, 0, 10, **value("bdfi33", 1.2)),
        layer(7, 2, 0, 10, **value("bdfiod", 1.4), **value("cfvo", 10)),
        layer(7, 6, 90, 99, **value("bdfiod", -999)),
    ]
    ledger = collect_profiles(snapshot_2019(tmp_path, [place(7)], chemical, physical), BOX)
    rows = by_id(ledger)
    assert sorted(rows.index[rows["status"] == "accepted"]) == ["1", "3"]
    kinds = rows.loc[["2", "4", "5", "6", "8"], "status"].tolist()
    codes = [f"missing_code_{kind}" for kind in ("carbon", "depth", "density")]
    assert kinds == ["averaged_replicate", *codes, "rounding_residue"]
    # Oven dry is preferred, and only one of the two was measured so.
    assert rows.loc["1", "soc_density"] == pytest.approx(25 * 1.4 * 0.9 * 1000)
    assert rows.loc["1", "bulk_density_source"] == "bdfiod"
