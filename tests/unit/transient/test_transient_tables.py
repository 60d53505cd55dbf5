"""Tables of changes, their parts, the truth and the claim, of totals that are given."""

import numpy as np
import pytest

from proda.transient.reduce import DEPTHS
from proda.transient.scenarios import ALL, CLIMATE_ONLY, INPUT_ONLY, SCENARIOS, STATIC
from proda.transient.tables import attribution_table, change_table
from proda.transient.truth import claim_table, truth_table
from transient_cases import CHANGES, result_of


def test_changes():
    table = change_table(result_of(CHANGES)).set_index(["set", "scenario", "pool", "depth"])
    row = table.loc["one_batch", "all", "soc", "0-30 cm"]
    assert row["change_pg"] == pytest.approx(-0.5) and row["members"] == 2
    assert (row["change_pg_p05"], row["change_pg_p95"]) == pytest.approx((-1.85, 0.85))
    assert (row["first_year"], row["last_year"], row["cells"]) == (1900, 1901, 2)
    assert table.loc["truth", "all", "soc", "all"]["start_pg"] == pytest.approx(120.0)
    assert table.loc["truth", "all", "all", "all"]["start_pg"] == pytest.approx(200.0)
    assert np.isnan(table.loc["truth", "all", "all", "all"]["change_pg_p05"])
    assert table.loc["truth", "all", "slow", "0-30 cm"]["change_pg"] == pytest.approx(1.5)
    for pool in ("cwd", "litter", "fast", "passive"):
        assert table.loc["truth", "all", pool, "all"]["change_pg"] == 0.0
    for depth in DEPTHS[1:]:
        assert table.loc["truth", "all", "all", depth]["change_pg"] == 0.0


def test_parts():
    result = result_of(CHANGES)
    table = attribution_table(result).set_index(["set", "pool", "depth"])
    row = table.loc["neural_network", "soc", "all"]
    found = [row[f"{part}_pg"] for part in ("input", "climate", "interaction", "total")]
    assert found == pytest.approx([3.9, -2.1, 1.2, 3.0])
    assert row["residual_pg"] == pytest.approx(4.0 - 2.0 - 0.1 - 3.1)
    assert table.loc["one_batch", "soc", "all"]["climate_pg"] == pytest.approx(-3.0)


def test_predicted_and_true_change():
    table = truth_table(result_of(CHANGES)).set_index(["set", "scenario"])
    row = table.loc["neural_network", "all"]
    assert row["true_change_pg"] == pytest.approx(1.5) and row["sign_right"]
    assert row["land_with_right_sign"] == 1.0
    assert row["rmse_kg_m2"] == pytest.approx(0.8)
    row = table.loc["one_batch", "all"]
    assert not row["sign_right"] and row["land_with_right_sign"] == 0.0
    assert not row["truth_within_spread"]
    assert table.loc["one_batch", "climate_only"]["truth_within_spread"]
    # Nothing has no sign, and 0.1 Pg is not nothing.
    assert table.loc["one_batch", "static"]["sign_right"]
    assert not table.loc["neural_network", "static"]["sign_right"]


def test_half_of_the_land():
    result = result_of(CHANGES)
    s, run = list(SCENARIOS).index("all"), result.runs("neural_network")
    result.final_soc[s, run, 1, 0] -= 9.0
    result.cells.area_m2[:] = [3e12, 1e12]
    row = truth_table(result).set_index(["set", "scenario"]).loc["neural_network", "all"]
    assert row["land_with_right_sign"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("network", "batch", "holds"), [(1.0, -1.0, "yes"), (1.0, 0.5, "no"), (-1.0, -1.0, "no")]
)
def test_claim(network, batch, holds):
    def change(value):
        return [dict.fromkeys((STATIC.name, INPUT_ONLY.name, CLIMATE_ONLY.name), 0.2)
                | {ALL.name: 0.2 + value}]  # fmt: skip

    sets = {"truth": -3.0, "default": -2.0, "one_batch": batch, "site_mean": -0.5,
            "neural_network": network}  # fmt: skip
    table = claim_table(result_of({name: change(value) for name, value in sets.items()}))
    table = table.set_index("set")
    assert table["claim_holds"].unique().tolist() == [holds]
    assert table["change_pg"].tolist() == pytest.approx(list(sets.values()))
    assert table["true_change_pg"].unique() == pytest.approx([-3.0])
    assert table["parameters"].tolist() == [
        "true", "given", "homogeneous", "homogeneous", "heterogeneous",
    ]  # fmt: skip
    assert table.loc[["truth", "default"], "as_claimed"].tolist() == ["", ""]
    assert table.loc["site_mean", "as_claimed"] == "yes"
    alone = claim_table(result_of({"site_mean": change(-1.0)}))
    assert alone["claim_holds"].tolist() == [""]
