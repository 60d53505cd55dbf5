"""``proda init`` writes a configuration from the files of a folder, and the check accepts it."""

from contextlib import chdir

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from folder_shapes import SHAPES, mixed, workbook
from proda.__main__ import main
from proda.data.profiles.table import UNITS
from proda.inspection.check_command import exit_status
from proda.inspection.inspect import inspect
from proda.inspection.names import HORIZON_ROLES, POINT_ROLES, guess_columns
from proda.inspection.units import HorizonNumbers, guess_units
from proda.inspection.yaml_lines import CONFIRM, written

# Of each folder: what must be in the configuration, and the profiles that are used.
EXPECTED = {
    "plain": (
        {
            "profiles.source.path": "neon_layers.csv",
            "profiles.source.organic_carbon_unit": "g_kg",
            "region.bounds": [-101, 37, -96, 42],
            "forcing.npp.format": "netcdf",
            "covariates.files.Climate.kind": "class",
            "references.SOCS0.unit": "Mg ha-1",
            "validation.raca_stock_0_100cm.bottom": 100,
        },
        7,
    ),
    "split": (
        {
            "profiles.source.columns.depth": "Depth (cm)",
            "profiles.source.sites.path": "Orte.csv",
            "profiles.source.sites.encoding": "latin-1",
            "profiles.source.separator": ";",
            "profiles.source.decimal": ",",
            "profiles.source.organic_carbon_unit": "percent",
            "forcing.npp.format": "clm",
        },
        4,
    ),
    "workbook": (
        {
            "profiles.source.sheet": "Layers",
            "profiles.source.skip_rows": [1, 3],
            "profiles.source.depth_unit": "m",
            "profiles.source.bulk_density_unit": "kg_m3",
            "profiles.source.organic_carbon_unit": "percent",
            "profiles.source.columns.coarse_fragments": "Stones",
            "profiles.source.columns.horizon": None,
            "forcing.clm.files": ["clm/one.nc"],
        },
        4,
    ),
    "snapshot": (
        {
            "profiles.source.format": "wosis_2019",
            "profiles.source.path": "wosis",
            "region.polygon": "snapshot/outline.geojson",
        },
        2,
    ),
    "mixed": (
        {
            "profiles.source.columns.profile_id": ["site", "pit"],
            "profiles.source.columns.organic_carbon": "soc_g_kg",
            "profiles.source.depth_unit": "cm",
            "validation.points.path": "check/points.csv",
        },
        4,
    ),
}
NOT_A_TABLE = "only words\nand more of them\n"


def value(config, key):
    for name in key.split("."):
        config = config[name]
    return config


@pytest.mark.parametrize("shape", SHAPES)
def test_the_check_accepts_what_is_written(shape, tmp_path):
    SHAPES[shape](tmp_path / shape)
    expected, used = EXPECTED[shape]
    with chdir(tmp_path):
        assert main(["init", shape]) == 0
        config = yaml.safe_load((tmp_path / shape / "config.yaml").read_text())
        assert {key: value(config, key) for key in expected} == expected
        found = inspect(f"{shape}/config.yaml")
    assert exit_status(found) == 0, found.findings.found
    assert found.ledger.used == used and found.not_examined == []


def test_what_names_and_numbers_leave_open_is_marked(tmp_path, capsys):
    mixed(tmp_path / "soil")
    main(["init", str(tmp_path / "soil")])
    lines = (tmp_path / "soil" / "config.yaml").read_text().splitlines()
    marked = [line.split(":")[0].strip() for line in lines[4:] if CONFIRM in line]
    assert marked == ["depth_unit", "profile_id"]
    text = capsys.readouterr().out
    assert "depth_unit: cm (the numbers fit cm and mm)" in text
    assert "soil horizons: pedons.txt" in text and "stocks at points: check/points.csv" in text


def test_nothing_is_overwritten(tmp_path, capsys):
    workbook(tmp_path / "soil")
    target = tmp_path / "soil" / "config.yaml"
    target.write_text("mine")
    assert main(["init", str(tmp_path / "soil")]) == 2
    assert target.read_text() == "mine"
    assert f"{target}: expected no such file yet, found one that is there" in (
        capsys.readouterr().err
    )
    other = tmp_path / "other.yaml"
    assert main(["init", str(tmp_path / "soil"), "--output", str(other)]) == 0
    assert yaml.safe_load(other.read_text())["dataset"] == "soil"


def test_a_folder_without_horizons_is_refused(tmp_path, capsys):
    assert main(["init", str(tmp_path / "absent")]) == 2
    assert "expected a folder with your data" in capsys.readouterr().err
    (tmp_path / "notes.csv").write_text(NOT_A_TABLE)
    (tmp_path / "broken.xlsx").write_text("no workbook")
    assert main(["init", str(tmp_path)]) == 2
    assert "expected a table with columns for an identifier" in capsys.readouterr().err
    assert not (tmp_path / "config.yaml").exists()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "profile_id,upper_depth,lower_depth,orgc_value_avg,bdfi33,cfvo,longitude,latitude",
            "profile_id upper_depth lower_depth organic_carbon bulk_density coarse_fragments "
            "longitude latitude",
        ),
        (
            "peiid,pedon_key,hzdept,hzdepb,hzname,oc,db_13b,frag_vol,lon_wgs84,lat_wgs84",
            "- profile_id upper_depth lower_depth horizon organic_carbon bulk_density "
            "coarse_fragments longitude latitude",
        ),
        (
            "Pit,Layer top (cm),Layer bottom (cm),SOC [%],BD (g cm-3),Stones %,X,Y",
            "profile_id upper_depth lower_depth organic_carbon bulk_density coarse_fragments "
            "longitude latitude",
        ),
        (
            "pro_name,lyr_top,lyr_bot,lyr_soc,lyr_bd_samp,pro_long,pro_lat,lyr_obs_date",
            "profile_id upper_depth lower_depth organic_carbon bulk_density longitude latitude -",
        ),
    ],
)
def test_names_of_published_tables_are_known(header, expected):
    names, roles = header.split(","), expected.split()
    found = {
        named[0].column: role
        for role, named in guess_columns(names, HORIZON_ROLES).items()
        if named
    }
    assert [found.get(name, "-") for name in names] == roles


def test_units_are_read_from_names():
    columns = guess_columns(["Depth top (cm)", "Corg [g/kg]", "BD kg m-3"], HORIZON_ROLES)
    assert columns["upper_depth"][0].unit == "cm"
    assert columns["organic_carbon"][0].unit == "g_kg"
    assert columns["bulk_density"][0].unit == "kg_m3"
    stock = guess_columns(["soc_stock_0_30_kg_m2"], POINT_ROLES)["stock"][0]
    assert stock.unit == "kg m-2"


CARBON = [28.0, 12.0, 6.0, 3.0, 31.0, 15.0, 7.0, 2.0]
TYPICAL = {
    "upper_depth": [0.0, 15.0, 40.0, 80.0] * 2,
    "lower_depth": [15.0, 40.0, 80.0, 150.0] * 2,
    "organic_carbon": CARBON,
    "bulk_density": [1.1, 1.25, 1.35, 1.45, 1.05, 1.3, 1.4, 1.5],
    "coarse_fragments": [2.0, 5.0, 12.0, 30.0, 1.0, 4.0, 9.0, 22.0],
}


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [(quantity, unit) for quantity, (_, units) in UNITS.items() for unit in units],
)
def test_the_unit_of_typical_numbers_is_found(quantity, unit):
    """Typical soil in g kg-1, kg dm-3, percent and cm, with one quantity in another unit."""
    usual = {"depth": "cm", "organic_carbon": "g_kg", "bulk_density": "kg_dm3"}
    usual |= {"coarse_fragments": "percent"}
    factors = UNITS[quantity][1]
    columns = ["upper_depth", "lower_depth"] if quantity == "depth" else [quantity]
    numbers = {name: pd.Series(values * 2) for name, values in TYPICAL.items()}
    for name in columns:
        numbers[name] *= float(factors[usual[quantity]] / factors[unit])
    guess = guess_units(HorizonNumbers(numbers, pd.Series([False] * 16)), {})[quantity]
    # Units of the same size, such as g kg-1 and mg g-1, are the same.
    assert factors[guess.unit] == factors[unit]


@given(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=30),
        st.integers(-(10**9), 10**9),
        st.booleans(),
        st.none(),
        st.sampled_from(["yes", "1.5", "2020-01-01", "a: b", "# c", "x\ty", '"', "\\", "- d"]),
    )
)
def test_yaml_reads_what_is_written(plain):
    assert yaml.safe_load(f"key: {written([plain])}") == {"key": [plain]}
