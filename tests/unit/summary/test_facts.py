"""Facts read from tables whose answers are known, and the sentences and cautions made of them."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.labels import write_labels
from proda.parameters.methods import METHODS, ONE_BATCH, SITE_BY_SITE
from proda.summary.cautions import THRESHOLDS, cautions
from proda.summary.collect import collect_facts
from proda.summary.document import read_summary, summarise, write_summary
from proda.summary.facts import Change, Coverage, Estimate, Run, Total, Totals, Uncertified
from proda.summary.pictures import CANDIDATES, chosen_pictures
from proda.summary.read_studies import read_change, read_mechanisms
from proda.summary.sentences import paragraphs
from proda.tables import write_table

RUN = Run("plains", False, "10 layers", "lognormal", "hmc", 7, 0.5)
SCORES = ("r2", "r2_one_to_one", "r", "rmse", "bias")


def skill_rows(sites, rmse, excluded=0):
    """Rows of Table 1, {method: RMSE}, with intervals of one to either side."""
    rows = []
    for method, error in rmse.items():
        row = {"sites": sites, "method": method, "label": METHODS[method].label}
        row |= {"profiles": 200, "horizons": 900, "excluded": excluded, "without_prediction": 0}
        for score in SCORES:
            value = error if score == "rmse" else 0.5
            row |= {score: value, f"{score}_low": value - 1, f"{score}_high": value + 1}
        rows.append(row | {"note": "", "certificate": ""})
    return rows


def difference_row(sites, method, other, value, half_width):
    row = {"sites": sites, "method": method, "other": other, "profiles": 200, "certificate": ""}
    row |= {"rmse_difference": value, "rmse_difference_low": value - half_width}
    return row | {"rmse_difference_high": value + half_width}


@pytest.fixture
def tables(tmp_path):
    """A run with learners on held-out blocks: the forest first, the network as good, others not."""
    paths = {}

    def write(name, rows):
        paths[name] = tmp_path / f"{name}.csv"
        write_table(paths[name], pd.DataFrame(rows))

    seen = {"default": 9.0, "neural_network": 3.0, "random_forest": 4.0, "site_by_site": 2.0}
    held_out = {"default": 9.0, "neural_network": 6.25, "random_forest": 6.0, "site_by_site": 2.0}
    write("skill", skill_rows("all", seen) + skill_rows("cross_validation", held_out))
    write(
        "differences",
        [
            difference_row("all", "neural_network", "random_forest", -1.0, 0.1),
            difference_row("cross_validation", "neural_network", "random_forest", 0.25, 0.5),
            difference_row("cross_validation", "random_forest", "default", -3.0, 0.5),
        ],
    )
    statuses = {"accepted": 240, "outside_region": 40, "no_carbon_value": 0, "no_forcing": 60}
    statuses["total"] = 340
    write("ledger", [{"status": k, "profiles": n, "meaning": "x"} for k, n in statuses.items()])
    outcomes = {"profiles": 240, "not fitted: failed": 4, "excluded: negative_r2": 36, "used": 200}
    outcomes["of the used, flagged: not_certified"] = 3
    write("outcomes", [{"outcome": k, "profiles": n} for k, n in outcomes.items()])
    posterior = {"profile_id": "p", "status": "fitted", "reason": "", "certified": 1}
    failed = posterior | {"certified": 0, "failed_quantity": "q10"}
    write(
        "posteriors",
        [posterior | {"failed_quantity": ""}] * 216 + [failed] * 20
        + [failed | {"status": "failed", "certified": np.nan}] * 4,
    )  # fmt: skip
    total = {"kind": "method", "interval": "0-100 cm", "common_area_million_km2": 2.0}
    total["certificate"] = ""
    none = {"low_pg": np.nan, "high_pg": np.nan}
    label = METHODS["neural_network"].label
    write(
        "totals",
        [
            total | none | {"method": "default", "label": "Default run", "total_pg": 120.0},
            total
            | {"method": "neural_network", "label": label, "total_pg": 52.5}
            | {"low_pg": 50.0, "high_pg": 55.0},
            total | none | {"method": "Atlas", "label": "Atlas", "total_pg": 70.0}
            | {"kind": "reference"},
        ],
    )  # fmt: skip
    check = {"depth": "all", "certificate": "", "factor": np.nan, "coverage_90": 0.95}
    write(
        "checks",
        [
            check | {"method": "neural_network", "label": label, "sites": "training"},
            check
            | {"method": "neural_network", "label": label, "sites": "cross_validation"}
            | {"coverage_90": 0.61, "factor": 1.9},
        ],
    )
    write(
        "applicability",
        [{"method": "neural_network", "label": label, "area_inside": 0.7, "total_inside": 0.6}
         | {"certificate": ""}],
    )  # fmt: skip
    paths["labels"] = tmp_path / "labels.csv"
    names = ["default", ONE_BATCH.name, "neural_network", "random_forest", SITE_BY_SITE.name]
    labels = {name: METHODS[name].label for name in names}
    write_labels(paths["labels"], labels, {ONE_BATCH.name: "q10: largest R-hat 1.3"})
    return paths


def texts(facts):
    return {one.title: one.text for one in paragraphs(facts)}


def test_the_best_method_is_that_of_held_out_blocks_with_its_lead(tables):
    facts = collect_facts(RUN, tables)
    skill = facts.skill
    assert skill.held_out and skill.profiles == 200
    assert [one.method for one in skill.ranking] == ["random_forest", "neural_network", "default"]
    # The order of the pair in the table does not matter.
    lead = dict(skill.lead)
    assert lead["Neural network"] == Estimate(0.25, -0.25, 0.75)
    assert lead["Default run"] == Estimate(3.0, 2.5, 3.5)
    assert skill.equals == ["Neural network"]
    text = texts(facts)["Best method"]
    assert text.startswith(
        "Random forest predicts soil carbon best at 200 profiles, each held out with its spatial "
        "block: RMSE 6.00 (95 % interval: 5.00 to 7.00)"
    )
    assert "Neural network is not distinguishable from it" in text
    assert "Default run has the largest error, by 3.00 (95 %: 2.50 to 3.50) more." in text
    assert "RMSE of 2.00" in text and "a fit and no prediction" in text


def test_a_clear_lead_is_stated_with_its_interval(tables):
    rows = [
        difference_row("cross_validation", "neural_network", "random_forest", 0.25, 0.125),
        difference_row("cross_validation", "random_forest", "default", -3.0, 0.5),
    ]
    write_table(tables["differences"], pd.DataFrame(rows))
    text = texts(collect_facts(RUN, tables))["Best method"]
    assert "lower than that of Neural network, the next, by 0.25 (95 %: 0.12 to 0.38)." in text


def test_profiles_and_certificates_are_counted(tables):
    facts = collect_facts(RUN, tables)
    profiles = facts.profiles
    counts = (profiles.source, profiles.accepted, profiles.fitted, profiles.used)
    assert counts == (340, 240, 236, 200)
    reasons = [(one.reason, one.profiles) for one in profiles.not_accepted]
    assert reasons == [("no forcing", 60), ("outside region", 40)]
    reasons = [(one.reason, one.profiles) for one in profiles.set_aside]
    assert reasons == [("negative r2", 36), ("failed", 4)]
    assert (facts.certificates.fitted, facts.certificates.certified) == (236, 216)
    assert facts.certificates.hardest == "q10" and facts.certificates.pooled == ()
    note = Uncertified("One-batch*", "q10: largest R-hat 1.3")
    assert facts.certificates.pooled_uncertified == (note,)
    found = texts(facts)
    assert "216 of 236 site posteriors are certified (92 %)" in found["Convergence"]
    assert "no forcing 60 and outside region 40" in found["Profiles"]


def test_totals_stand_beside_references(tables):
    facts = collect_facts(RUN, tables)
    # The forest, the best method, has no map here.
    assert facts.totals.best == "Neural network" and facts.totals.truth is None
    text = texts(facts)["Soil carbon of the region"]
    assert "52.5 Pg C (5-95 % of its draws or members 50.0 to 55.0) by Neural network" in text
    assert "from 52.5 Pg by Neural network to 120 Pg by Default run" in text
    assert "Reference products: Atlas 70.0 Pg." in text
    assert "Adjusted" not in text


def test_totals_adjusted_at_held_out_horizons_stand_beside_those_of_the_maps(tables, tmp_path):
    rows = [
        {"method": name, "label": label, "mean_total_pg": value, "certificate": ""}
        | {"mean_total_pg_low": value - 5, "mean_total_pg_high": value + 5}
        for name, label, value in (
            ("default", "Default run", 72.0),
            ("neural_network", "Neural network", 66.0),
            ("direct_forest", "Direct forest", np.nan),  # without a map
        )
    ]
    tables["adjustment"] = tmp_path / "bias_adjustment.csv"
    write_table(tables["adjustment"], pd.DataFrame(rows))
    facts = collect_facts(RUN, tables)
    assert facts.totals.adjusted == (
        Total("Default run", Estimate(72.0, 67.0, 77.0)),
        Total("Neural network", Estimate(66.0, 61.0, 71.0)),
    )
    assert (
        "Adjusted to have no bias at held-out horizons, they range from 66.0 Pg by Neural network "
        "to 72.0 Pg by Default run."
    ) in texts(facts)["Soil carbon of the region"]


def test_each_caution_appears_beyond_its_threshold_only(tables):
    facts = collect_facts(RUN, tables)
    beginnings = (
        "20 of 236 site posteriors are not certified; q10 fails most often",
        "The posterior of One-batch* is not certified: q10: largest R-hat 1.3.",
        "100 of 340 profiles were not accepted, mostly for: no forcing (60) and outside region",
        "40 of 240 accepted profiles are not in the results",
        "Predictive intervals are too narrow at held-out profiles: 90 % intervals contain fewer "
        "observations (Neural network 61 %). They have to be widened by a factor of 1.90.",
        "30 % of the land lies outside",
        "The total of Neural network lies 25 % below that of the nearest reference product.",
    )
    found = cautions(facts)
    assert len(found) == len(beginnings)
    for text, beginning in zip(found, beginnings, strict=True):
        assert text.startswith(beginning)
    few = dataclasses.replace(facts.skill, profiles=49, excluded=3)
    found = cautions(dataclasses.replace(facts, skill=few))
    assert any("Only 49 profiles score the methods" in text for text in found)
    assert any("3 of 52 profiles do not count in the skill" in text for text in found)
    # At the thresholds themselves there is nothing to say.
    profiles = dataclasses.replace(facts.profiles, source=320, accepted=240, used=216)
    at_limits = dataclasses.replace(
        facts,
        profiles=profiles,
        certificates=dataclasses.replace(
            facts.certificates, fitted=200, certified=190, pooled_uncertified=()
        ),
        skill=dataclasses.replace(facts.skill, profiles=THRESHOLDS.profiles, excluded=0),
        coverage=(Coverage("A", True, THRESHOLDS.coverage, 1.2), Coverage("B", False, 0.1, None)),
        applicability=(),
        totals=Totals(
            "0-100 cm", 1.0, "A", (Total("A", Estimate(84.0)),), (Total("B", Estimate(70.0)),), None
        ),
    )
    assert cautions(at_limits) == []


def test_a_run_without_learners_or_maps_has_an_answer(tables):
    rows = skill_rows("all", {"one_batch": 5.0, "default": 8.0, "site_by_site": 2.0})
    write_table(tables["skill"], pd.DataFrame(rows))
    rows = [difference_row("all", "one_batch", "default", -3.0, 1.0)]
    write_table(tables["differences"], pd.DataFrame(rows))
    without = {k: p for k, p in tables.items() if k not in ("totals", "applicability", "checks")}
    facts = collect_facts(RUN, without)
    assert not facts.skill.held_out and facts.totals is None
    found = texts(facts)
    assert "One-batch comes closest to soil carbon at 200 profiles" in found["Best method"]
    assert "No profile was held out" in found["Best method"]
    assert "Soil carbon of the region" not in found and "Uncertainty" not in found
    assert "grid" not in found["Run"]


def test_a_run_of_site_posteriors_alone_has_a_fit(tables):
    write_table(tables["skill"], pd.DataFrame(skill_rows("all", {"site_by_site": 2.0})))
    columns = list(difference_row("all", "", "", 0.0, 0.0))
    write_table(tables["differences"], pd.DataFrame([], columns=columns))
    facts = collect_facts(RUN, {k: p for k, p in tables.items() if k != "totals"})
    assert facts.skill.ranking == () and facts.skill.lead == ()
    assert texts(facts)["Best method"].startswith("Fitted to each site itself")


def test_the_map_closest_to_independent_points_is_named(tables, tmp_path):
    columns = ("source", "label", "points", "rmse", "r2_one_to_one")
    rows = [("default", "Default run", 50, 4.0, 0.3), ("hybrid", "Hybrid", 50, 3.0, 0.05),
            ("one_batch", "One-batch", 50, np.nan, np.nan),
            ("Atlas", "Atlas", 50, 1.0, 0.9)]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(columns)).assign(note="", certificate="")
    for name in columns[3:]:
        table[f"{name}_low"], table[f"{name}_high"] = table[name] - 1, table[name] + 1
    tables["validation_RaCA"] = tmp_path / "validation.csv"
    write_table(tables["validation_RaCA"], table)
    facts = collect_facts(RUN, tables)
    assert [(one.name, one.label, one.points) for one in facts.validation] == [
        ("RaCA", "Hybrid", 50)
    ]
    text = texts(facts)["Independent points"]
    assert "At 50 points of RaCA, used in no fit, the map by Hybrid is closest: RMSE 3.00" in text
    assert any(
        "No map explains the variation between the points of RaCA" in x for x in cautions(facts)
    )
    explained = dataclasses.replace(facts.validation[0], r2=Estimate(0.10))
    found = cautions(dataclasses.replace(facts, validation=(explained,)))
    assert not any("RaCA" in x for x in found)


def test_the_mechanism_that_changes_most_governs(tables, tmp_path):
    rows = [
        {"method": "random_forest", "label": "Random forest", "constant": constant}
        | {"component": name, "depth": depth, "certificate": "", "first_percent": first}
        | {"r2_one_to_one_difference": -loss, "unexplained_variation": unexplained}
        | {"unexplained_variation_low": unexplained - 0.1}
        | {"unexplained_variation_high": unexplained + 0.1}
        for name, unexplained, loss, first in (
            ("carbon_input", 2.5, 0.5, np.nan), ("carbon_use_efficiency", 0.75, 0.125, 95.0),
            ("decomposition", 0.25, 0.25, 5.0), ("all_parameters", 0.9, 0.9, np.nan),
        )
        for constant, depth in (("site_mean", "all"), ("one_batch", "all"), ("site_mean", "0_30cm"))
    ]  # fmt: skip
    path = tmp_path / "control.csv"
    write_table(path, pd.DataFrame(rows))
    facts = collect_facts(RUN, tables)
    found = read_mechanisms(path, facts.skill)
    assert [(one.label, one.first_percent, one.loss) for one in found.held] == [
        ("Carbon input", None, 0.5), ("Carbon use efficiency", 95.0, 0.125),
        ("Baseline decomposition", 5.0, 0.25),
    ]  # fmt: skip
    assert found.held[0].unexplained == Estimate(2.5, 2.4, 2.6)
    text = texts(dataclasses.replace(facts, mechanisms=found))["Governing mechanism"]
    assert "carbon input changes the stocks" in text and "is 2.50 (95 %: 2.40 to 2.60) of" in text
    assert "it is carbon use efficiency: 0.75 (95 %: 0.65 to 0.85)" in text
    assert "first in 95 % of resampled blocks; baseline decomposition 0.25." in text
    assert text.endswith(
        " falls most, by 0.25, with baseline decomposition held: the two measures differ, so"
        " that which of them comes first is uncertain."
    )
    agreed = dataclasses.replace(found.held[2], loss=0.1)
    without = dataclasses.replace(found, held=(found.held[1], agreed))
    text = texts(dataclasses.replace(facts, mechanisms=without))["Governing mechanism"]
    assert "it is carbon use efficiency; it is first in 95 %" in text and "differ" not in text


def test_change_through_time_is_of_all_pools_of_soil_under_the_full_scenario(tmp_path):
    rows = [
        {"set": name, "scenario": scenario, "pool": pool, "depth": depth, "first_year": 1901}
        | {"last_year": 2100, "change_pg": value, "change_pg_p05": np.nan}
        | {"change_pg_p95": np.nan, "certificate": ""}
        for name, value in (("truth", 9.0), ("hybrid", 4.0), ("one_batch", -6.0))
        for scenario, pool, depth in (("all", "soc", "all"), ("all", "soc", "0-30 cm"),
                                      ("static", "soc", "all"), ("all", "all", "all"))
    ]  # fmt: skip
    write_table(tmp_path / "changes.csv", pd.DataFrame(rows))
    claim = [{"set": "hybrid", "as_claimed": "yes", "claim_holds": "yes", "certificate": ""}]
    write_table(tmp_path / "claim.csv", pd.DataFrame(claim))
    found = read_change(tmp_path / "changes.csv", tmp_path / "claim.csv", {"hybrid": "Hybrid"})
    assert found == Change(
        1901, 2100, (Total("Hybrid", Estimate(4.0)), Total("One-batch", Estimate(-6.0))), 9.0, "yes"
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [((4.0, 6.0), "gains 4.00 to 6.00 Pg C"), ((-4.0, -6.0), "loses 4.00 to 6.00 Pg C"),
     ((-4.0, 6.0), "changes by −4.00 to 6.00 Pg C")],
)  # fmt: skip
def test_gain_and_loss_are_told_apart(tables, values, words):
    sets = tuple(Total(f"set {value}", Estimate(value)) for value in values)
    facts = dataclasses.replace(
        collect_facts(RUN, tables), change=Change(1901, 2100, sets, None, "no")
    )
    text = texts(facts)["Change through time"]
    assert f"soil {words}" in text and "does not hold here" in text


def test_the_file_holds_sentences_facts_and_thresholds(tables, tmp_path):
    facts = collect_facts(RUN, tables)
    summary = summarise(facts, ["convergence", "figure_3", "skill", "figure_2", "figure_s2"])
    path = tmp_path / "summary.json"
    write_summary(path, facts, summary)
    assert read_summary(path) == summary
    content = json.loads(path.read_text())
    assert content["facts"]["skill"]["ranking"][0]["rmse"]["value"] == 6.0
    assert content["thresholds"] == dataclasses.asdict(THRESHOLDS)
    path.write_text("[]")
    with pytest.raises(InputError, match=r"summary\.json: expected the summary of a run"):
        read_summary(path)
    with pytest.raises(InputError, match=r"none\.json: expected the summary of a run, found none"):
        read_summary(tmp_path / "none.json")


def test_four_pictures_the_most_telling_first():
    names = [one.figure for one in chosen_pictures([one.figure for one in CANDIDATES])]
    assert len(names) == 4 and names[:2] == ["figure_3", "skill"]
    assert [one.figure for one in chosen_pictures(["convergence", "skill"])] == [
        "skill", "convergence"
    ]  # fmt: skip
