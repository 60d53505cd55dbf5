"""Each quantity has one plausible range and one look of a whole column, in code and in the docs."""

from pathlib import Path

import numpy as np
import pytest

from proda.errors import InputError
from proda.quantities import MIN_VALUES, QUANTITIES, check_distribution

DOCS = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=list(QUANTITIES))
def test_the_documentation_has_the_same_table(quantity):
    usual = ""
    if quantity.usual:
        usual = f"{quantity.statistic} {quantity.usual[0]:g} to {quantity.usual[1]:g}"
    limits = f"{quantity.lower:g} to {quantity.upper:g}"
    row = f"| `{quantity.name}` | {quantity.unit} | {limits} | {usual} | {quantity.source} |"
    assert row in DOCS.read_text().splitlines()


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=list(QUANTITIES))
def test_what_is_usual_is_plausible(quantity):
    assert quantity.lower < quantity.upper
    if quantity.usual:
        assert quantity.plausible(quantity.usual).all()


def test_ends_belong_to_the_range_and_nan_does_not():
    carbon = QUANTITIES["organic_carbon"]
    values = [0, 580, np.nan, -1e-300, np.nextafter(580, 600), np.inf]
    assert carbon.plausible(values).tolist() == [True, True, False, False, False, False]


@pytest.mark.parametrize("code", [6553.5, 3276.7, 3276.6, 3276.1, 32767, -9999, -999, 9999, 1e20])
def test_fill_values_and_codes_are_no_net_primary_production(code):
    assert not QUANTITIES["npp"].plausible(code)


@pytest.mark.parametrize(
    ("name", "values", "looks"),
    [
        ("organic_carbon", [2.2, 0.9, 2.4], "percent read as g kg-1"),
        ("organic_carbon", [220, 100, 240], "g kg-1 read as percent"),
        ("bulk_density", [1300, 1400, 1100], "kg m-3 read as kg dm-3"),
        ("bulk_density", [0.0013, 0.0014, 0.0011], "kg dm-3 read as kg m-3"),
        ("coarse_fragments", [0, 0.31, 0.4, 0.12, 0], "a fraction read as percent"),
        ("coarse_fragments", [3100, 4000, 1200], "percent read as a fraction"),
        ("horizon_thickness", [1.5, 2.5, 3.0], "mm read as cm"),
        ("horizon_thickness", [0.002, 0.003, 0.001], "m read as cm"),
        ("npp", [0.5, 0.6, 0.4], "kgC m-2 yr-1 read as gC m-2 yr-1 or tC ha-1"),
        ("npp", [1.6e-5, 2e-5, 1.5e-5], "gC m-2 s-1 read as gC m-2 yr-1"),
        ("npp", [5000, 6000, 4000], "digital numbers of MOD17A3 without their scale"),
        ("soil_water_potential", [-1500, -300, -100], "kPa read as MPa"),
        ("soc_stock", [530, 870, 1490], "Mg ha-1 read as kg m-2"),
    ],
)
def test_a_column_in_a_wrong_unit_is_named(name, values, looks):
    with pytest.raises(InputError, match=rf"soil.csv: expected {name} in .*looks like {looks}"):
        check_distribution(name, values, "soil.csv")
    check_distribution(name, values[: MIN_VALUES - 1], "soil.csv")  # too few to judge


def test_one_value_out_of_the_usual_says_nothing():
    check_distribution("organic_carbon", [22, 0.9, 579, np.nan, 0, 0, 0, 0, 0], "soil.csv")
    check_distribution("coarse_fragments", [0, 0, 0, 0, 0, 0.1, 0.2, 0, 0, 0.3, 0, 0, 0], "x")


def test_the_message_tells_how_to_go_on():
    with pytest.raises(
        InputError, match=r"1\.2 \(median of 3 .*; if the numbers are right, say so"
    ):
        check_distribution("organic_carbon", [1.1, 1.2, 1.3], "soil.csv", "say so")
