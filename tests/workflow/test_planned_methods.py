"""Only the methods that the configuration lists are planned, in every rule file."""

import pytest
import yaml

from proda.config.plan import Plan, planned_results
from proda.config.validation import validate_config
from proda.parameters.methods import METHODS, Kind, blocked_name
from workflow_runs import ROOT, planned, snakemake, tiny_twin_config

pytestmark = pytest.mark.workflow

# Rules of one method or one kind of methods only.
RULES = {
    "default": {"project_default"},
    "one_batch": {"one_batch"},
    "random_sampling": {"random_sampling"},
    "neural_network": {"figure_s6", "training"},
    "random_forest": set(),
    "hybrid": set(),
    "direct_network": set(),
    "direct_forest": set(),
}
LEARNER_RULES = {"learn", "learn_fold", "learned", "map_parameters", "parameter_maps"}
ALWAYS = {"gather", "project_sites", "pairs", "table_1", "table_s1", "table_s3", "figure_2"}
ALWAYS |= {"figure_3", "figure_4", "figure_s5", "recovery", "explorer"}
# Only with a section `transient`.
THROUGH_TIME = {"twin_history", "forcing_series"}
THROUGH_TIME |= {f"transient_{name}" for name in ("block", "yearly", "tables", "figures")}


def plan(folder, methods, **changes):
    """Rules that would run for ``all``, and the paths that their jobs read and write."""
    config = tiny_twin_config(folder, 40) | {"methods": methods} | changes
    config["covariates"] = {"names": ["BIO1", "IGBP"]}
    run = snakemake(folder, config, "--dry-run", "--", "all")
    assert run.returncode == 0, run.stdout
    rules, paths = set(), set()
    for line in (run.stdout + run.stderr).splitlines():
        key, _, value = line.strip().partition(" ")
        if key in ("rule", "localrule", "checkpoint"):
            rules.add(value.rstrip(":"))
        elif key in ("input:", "output:"):
            paths |= set(value.split(", "))
    check_results(config, paths)
    return rules, paths


def check_results(config, paths):
    """What the library says will be made, or not, is what the rules plan."""
    for result in planned_results(Plan(validate_config(config))):
        if "*" not in result.path:
            planned = f"results/{config['dataset']}/{result.path}" in paths
            assert planned == (not result.skipped), result


@pytest.mark.parametrize(
    "methods",
    [
        ["default"],
        ["one_batch"],
        ["random_forest"],
        ["direct_forest"],
        ["default", "random_sampling", "neural_network", "random_forest"],
    ],
    ids=lambda methods: "-".join(methods),
)
def test_jobs_of_absent_methods_are_not_planned(tmp_path, methods):
    rules, paths = plan(tmp_path, methods)
    assert rules >= ALWAYS and not THROUGH_TIME & rules
    for name, own in RULES.items():
        assert own <= rules if name in methods else not own & rules, name
    kinds = {METHODS[name].kind for name in methods}
    learns, directly = Kind.LEARNER in kinds, Kind.DIRECT in kinds
    assert rules >= LEARNER_RULES if learns else not LEARNER_RULES & rules
    assert ("learn_directly" in rules) == directly
    assert ("splits" in rules) == (learns or directly)
    for name, method in METHODS.items():
        words = {name, blocked_name(name)} if method.has_blocks else {name}
        for word in words:
            projected = f"results/twin/projection/{word}_sites.nc" in paths
            assert projected == (name in [*methods, "site_by_site"]), word
        if name not in [*methods, "site_by_site"] and method.draws_file:
            assert f"results/twin/{method.draws_file}" not in paths


def test_learning_curves_are_planned_on_demand_only(tmp_path):
    for curve, wanted in (({"curve": {"sizes": [20]}}, True), ({}, False)):
        rules, _ = plan(tmp_path, ["hybrid", "direct_forest"], learning=curve)
        assert ({"learning_curve_of_learner", "learning_curve"} <= rules) == wanted


def test_the_synthetic_globe_is_planned_from_its_raw_files_to_tables_and_figures(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "global_twin.yaml").read_text())
    config["covariates"]["table"] = str(ROOT / config["covariates"]["table"])
    rules = planned(tmp_path, config, "all")
    assert rules >= ALWAYS | LEARNER_RULES | THROUGH_TIME | {"twin", "one_batch", "figure_5"}
    assert not {"npp_summary", "references"} & rules


# Files of config/global.yaml that no download brings.
BY_HAND = (
    "clm/h0.nc", "permafrost/horizons.csv", "user/esa_land_cover.tif", "user/wc2.1_30s_elev.tif",
    "user/place.nc", "user/cesm2.nc",
)  # fmt: skip


def test_the_globe_of_the_real_products_is_planned_once_the_files_are_there(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "global.yaml").read_text())
    config["covariates"]["table"] = str(ROOT / config["covariates"]["table"])
    for name in BY_HAND:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    rules = planned(tmp_path, config, "all")
    assert rules >= (ALWAYS - {"recovery"}) | LEARNER_RULES | {"download", "references", "figure_5"}
    assert any(name.startswith("processes") for name in rules)
    (tmp_path / "data" / BY_HAND[1]).unlink()
    run = snakemake(tmp_path, config, "--dry-run", "--", "all")
    assert run.returncode != 0 and "permafrost/horizons.csv" in run.stdout + run.stderr
