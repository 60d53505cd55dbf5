"""``proda check`` says of broken inputs what the run would say, and counts what the run would."""

import json

import pytest
import yaml

from bad_inputs import rasters
from bad_inputs.readers import READERS
from inspection_cases import covariate_table, plains
from make_bad_inputs import BAD, INDEX
from proda.__main__ import main
from proda.errors import InputError
from proda.inspection.findings import Level
from proda.inspection.inspect import inspect
from proda.inspection.text import report
from proda.parameters.methods import DIRECT_FOREST

ENTRIES = {
    entry["path"]: entry for entry in yaml.safe_load((BAD / INDEX).read_text(encoding="utf-8"))
}
BROKEN = [
    *("config/typo_of_a_section.yaml", "config/latin_1.yaml", "config/section_twice.yaml"),
    *("config/no_data.yaml", "config/years_backwards.yaml", "config/unknown_unit.yaml"),
    *("table/no_depths.csv", "table/semicolons.csv", "table/latin_1.csv", "table/spreadsheet.csv"),
    *("table/coordinates_swapped.csv", "table/depths_in_metres.csv", "table/carbon_in_percent.csv"),
    *("table/outside_the_region.csv", "table/units_below_the_header.csv", "table/no_workbook.xlsx"),
    *("wosis/no_physical_file", "wosis/layer_twice", "points/semicolons.csv", "points/grams.csv"),
    *("region/projected.geojson", "region/bow_tie.geojson", "covariate_table/unknown_kind.csv"),
    *("covariate/no_crs.tif", "covariate/fill_not_declared.tif", "covariate/cut_off.tif"),
    *("reference/megagrams_as_kilograms", "reference/intervals"),
    *("clm/celsius.nc", "clm/no_potential.nc", "clm/cut_off.nc", "npp_netcdf/no_unit.nc"),
]
NPP_NAMES = {"npp_mean": "NPPmean", "npp_min": "NPPmin", "npp_max": "NPPmax"}


def broken_config(folder, entry):
    """A sound configuration with the broken file of an entry in its place."""
    path, options = BAD / entry["path"], entry.get("options", {})
    changes = {}
    match entry["reader"]:
        case "config":
            return path
        case "table":
            changes["profiles"] = {"source": {"format": "table", "path": str(path)} | options}
        case "wosis":
            changes["profiles"] = {"source": {"format": "wosis_2019", "path": str(path)} | options}
        case "points":
            points = {"path": str(path), "unit": "kg m-2", "top": 0, "bottom": 100} | options
            changes["validation"] = {"points": points}
        case "region":
            changes["region"] = {"polygon": str(path), "resolution": 1.0}
        case "covariate_table":
            changes["covariates"] = {"table": str(path)}
            changes["data_dir"] = "data"
        case "covariate":
            changes["covariates"] = {"table": str(covariate_table(folder, path, **options))}
            changes["methods"] = [DIRECT_FOREST.name]
            changes["evaluation"] = {"vegetation": None}
        case "reference":
            names = ("stock_30.tif", "stock_100.tif", "stock_200.tif")
            files = [str(path / name) for name in names]
            changes["references"] = {"own": {"format": "plain", "files": files} | options}
        case "clm":
            files = {"files": [str(path)]}
            changes["forcing"] = {"clm": files | options, "npp": {"format": "clm"}}
        case "npp_netcdf":
            npp = {"format": "netcdf", "file": str(path), "names": NPP_NAMES}
            changes["forcing"] = {"clm": {"files": ["clm.nc"]}, "npp": npp}
    return plains(folder, **changes)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_input_is_reported_as_the_run_reports_it(name, tmp_path):
    entry = ENTRIES[name]
    with pytest.raises(InputError) as expected:
        READERS[entry["reader"]](BAD / entry["path"], **entry.get("options", {}))
    found = inspect(broken_config(tmp_path, entry), results=tmp_path / "results")
    messages = [finding.message for finding in found.findings.of(Level.ERROR)]
    assert str(expected.value) in messages
    assert messages[-1] in report(found)


def test_the_sound_base_has_no_error(tmp_path):
    table = covariate_table(tmp_path, tmp_path / "BIO1.tif")
    rasters.write_map(tmp_path / "BIO1.tif")
    path = plains(tmp_path, covariates={"table": str(table)}, evaluation={"vegetation": None})
    found = inspect(path, results=tmp_path / "results")
    assert found.findings.of(Level.ERROR) == []
    assert found.ledger.used == found.ledger.profiles > 0
    assert all(one.covered == one.places for one in found.coverage)
    assert found.not_examined == []


def test_missing_files_are_named_with_what_to_do(tmp_path, capsys):
    path = plains(tmp_path, profiles={"source": {"format": "table", "path": "elsewhere.csv"}})
    assert main(["check", str(path), "--directory", str(tmp_path)]) == 2
    text = capsys.readouterr().out
    missing = tmp_path / "elsewhere.csv"
    assert f"raw data: expected {missing}, found no such files" in text
    assert "elsewhere.csv is MISSING\n      put it below data_dir" in text
    assert "soil profiles: files are missing" in text
    assert "1 error: the run would stop." in text


def test_the_exit_status_and_json_tell_errors_from_warnings(tmp_path, capsys):
    path = plains(tmp_path)
    given = ["check", str(path), "--directory", str(tmp_path), "--json"]
    status = main(given)
    content = json.loads(capsys.readouterr().out)
    assert status == content["status"] == (1 if content["findings"] else 0)
    assert {finding["level"] for finding in content["findings"]} <= {"warning"}
    assert content["ledger"]["used"] == content["ledger"]["profiles"]
    columns = {column["meaning"]: column for column in content["tables"][0]["columns"]}
    assert columns["organic_carbon"]["unit"] == "g kg-1"
    assert columns["organic_carbon"]["looks_like"] == ""

    wrong = [*given, "--config", "profiles={source: {depth_unit: m}}"]
    assert main(wrong) == 2
    content = json.loads(capsys.readouterr().out)
    columns = {column["meaning"]: column for column in content["tables"][0]["columns"]}
    assert columns["lower_depth"]["unit"] == "m"
    assert columns["lower_depth"]["looks_like"] == "cm"


def test_learners_need_enough_profiles_as_in_the_run(tmp_path):
    table = covariate_table(tmp_path, tmp_path / "BIO1.tif")
    rasters.write_map(tmp_path / "BIO1.tif")
    path = plains(
        tmp_path,
        methods=[DIRECT_FOREST.name],
        covariates={"table": str(table)},
        evaluation={"vegetation": None},
    )
    found = inspect(path, results=tmp_path / "results")
    n = found.ledger.used
    assert f"profiles: expected at least 50 accepted profiles to learn from, found {n}" in (
        report(found)
    )


def test_columns_of_covariates_are_used_in_a_table_that_has_other_roles(tmp_path):
    columns = {"clay": "clay_total", "rock": "rock_class"}
    path = plains(
        tmp_path,
        methods=[DIRECT_FOREST.name],
        covariates={"sites": {"path": "soil.csv", "columns": columns, "classes": ["rock"]}},
        evaluation={"vegetation": None},
    )
    header, *rows = (tmp_path / "soil.csv").read_text().splitlines()
    lines = [f"{header},clay_total,rock_class,remark", *(f"{row},20,3,dry" for row in rows)]
    (tmp_path / "soil.csv").write_text("\n".join(lines) + "\n")
    found = inspect(path, results=tmp_path / "results")
    horizons, covariates = found.tables
    assert horizons.path == covariates.path and covariates.role == "covariates of the profiles"
    views = {column.meaning: column for column in covariates.columns}
    assert views["clay"].name == "clay_total" and views["clay"].quantiles[2] == 20
    assert views["rock"].name == "rock_class" and views["rock"].examples == ("3",)
    assert "  not used: remark" in report(found).splitlines()
