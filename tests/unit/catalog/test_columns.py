"""The register of tables: every column described once, names in braces, families of columns."""

import re

import pandas as pd
import pytest

from proda.catalog.columns import columns_of, registered_tables, table_of
from proda.resources import resource


def test_every_row_of_the_register_belongs_to_a_table_and_has_a_type_and_a_unit():
    tables = registered_tables()
    assert len({table.path for table in tables}) == len(tables)
    for table in tables:
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names) and set(table.key) <= set(names), table.path
        for column in table.columns:
            assert column.type in ("string", "integer", "number", "boolean"), column
            assert bool(column.unit) or column.type != "number", column
            assert column.description[0].isupper() or column.description[0].isdigit(), column
            if column.unit.startswith("@"):
                assert column.unit[1:] in names, column
    listed = pd.read_csv(resource("tables.csv"))["columns"].str.cat(sep=" ").split()
    used = {name.removesuffix("?").split("|")[0] for name in listed}
    rows = pd.read_csv(resource("columns.csv"), keep_default_na=False)
    assert set(rows["column"]) == used
    stems = {table.path.rsplit("/", 1)[-1] for table in tables}
    assert {name for names in rows["tables"] for name in names.split()} <= stems


def test_names_in_braces_are_filled_in_and_families_have_their_percentiles():
    pairs = table_of("evaluation/pairs")
    header = ["profile", "depth_m", "thickness_m", "observed", "default", "hybrid_blocks"]
    columns, faults = columns_of(pairs, header, {"default": "CLM5 parameters"})
    assert faults == []
    assert [column.description for column in columns[4:]] == [
        "Density of SOC, CLM5 parameters",
        "Density of SOC, Hybrid, held out",
    ]
    changes = {column.name: column for column in table_of("tables/transient_changes").columns}
    assert changes["change_pg_p95"].description.endswith("; 95th percentile over the draws")
    assert changes["change_pg_p95"].unit == "Pg"


def test_a_column_without_description_and_one_that_is_missing_are_reported():
    table = table_of("tables/vegetation_profiles")
    columns, faults = columns_of(table, ["vegetation", "used", "area"], {})
    assert faults == ["no description of the column area", "no column profiles"]
    assert columns[2].type == "any" and columns[2].description == ""
    profiles = table_of("inputs/profiles")
    header = [column.name for column in profiles.columns if not column.optional]
    assert columns_of(profiles, header, {})[1] == []


@pytest.mark.parametrize(
    ("path", "registered"),
    [
        ("tables/validation_RaCA", "tables/validation_{name}"),
        ("learning/hybrid/doubtful_cells", "learning/{learner}/doubtful_cells"),
        ("tables/table_1_differences", "tables/table_1_differences"),
        ("tables/unknown", None),
    ],
)
def test_tables_are_found_by_their_path(path, registered):
    found = table_of(path)
    assert (found.path if found else None) == registered


def test_units_agree_with_the_names_of_columns():
    suffixes = {"_pg": "Pg", "_kg_m2": "kg m-2", "_million_km2": "10^6 km2", "_g_m3": "g m-3"}
    for table in registered_tables():
        for column in table.columns:
            base = re.sub(r"_(p05|p95|low|high|se)$", "", column.name)
            for suffix, unit in suffixes.items():
                if base.endswith(suffix):
                    assert column.unit == unit, (table.path, column)
