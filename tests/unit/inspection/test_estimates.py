"""Estimates against finished runs, and that they follow what they depend on.

tests/data/run_records.csv sums the files that Snakemake left below ``benchmarks`` of three finished
runs of 2026-11-27 (2-core AMD EPYC, shared with other work) by rule: config/config.yaml,
config/global_twin.yaml (its fits of profiles run again on a busy machine, with the budget they have
now), and config/own_data.yaml on 588 pits.
"""

import pandas as pd
import pytest
import yaml

from proda.config.plan import Plan
from proda.config.validation import validate_config
from proda.inspection.estimates import Size, estimates, former_run
from workflow_runs import ROOT

RECORDS = pd.read_csv(ROOT / "tests" / "data" / "run_records.csv")
FACTOR = 2.0


def plan(name, **changes):
    config = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    return Plan(validate_config(config | changes))


@pytest.mark.parametrize("name", RECORDS["config"].unique())
def test_a_finished_run_took_what_is_estimated_within_the_stated_factor(name):
    run = RECORDS[RECORDS["config"] == name]
    size = Size(*(int(run[key].iloc[0]) for key in ("profiles", "places", "cells")))
    parts = estimates(plan(name), size)
    total = sum(part.cpu_seconds for part in parts)
    assert run["cpu_seconds"].sum() / FACTOR < total < run["cpu_seconds"].sum() * FACTOR
    memory = max(part.memory_gb for part in parts)
    assert run["largest_mb"].max() / 1024 / FACTOR < memory < run["largest_mb"].max() / 512


def test_costs_grow_with_profiles_cells_and_what_is_asked_for():
    def cost(plan, *size):
        return {part.part: part.cpu_seconds for part in estimates(plan, Size(*size))}

    small, large = cost(plan("config"), 400, 0, 3000), cost(plan("config"), 800, 0, 3000)
    assert large["fits of the profiles"] == pytest.approx(2 * small["fits of the profiles"])
    assert cost(plan("config"), 400, 0, 6000)["inputs"] > small["inputs"]
    alone = cost(plan("config", methods=["default"]), 400, 0, 3000)
    assert "learners" not in alone and "one batch" not in alone
    walk = plan("config", assimilation={"preset": "paper"})
    assert cost(walk, 400, 0, 3000)["fits of the profiles"] > small["fits of the profiles"]


def test_a_former_run_is_summed(tmp_path):
    folder = tmp_path / "benchmarks" / "learn"
    folder.mkdir(parents=True)
    (folder / "a.tsv").write_text("s\tmax_rss\n60.0\t2048\n")
    (folder / "b.tsv").write_text("s\tmax_rss\n120.0\t-\n")
    assert former_run(tmp_path / "elsewhere") == ""
    text = former_run(tmp_path)
    assert "2 jobs" in text and "3 min" in text and "2.0 GB" in text
