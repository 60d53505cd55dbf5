"""Time, memory and disk of a run, estimated from what was measured (resources/costs.csv).

CPU time is that of one core of the machine of the measurements (2-core AMD EPYC); learners that
stop early take less. The estimates are within a factor of about 2 of finished runs (the test says
which); those of sizes that nobody has run are marked as extrapolated.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from proda.config.keys import build
from proda.config.plan import Plan
from proda.config.sections.assimilation import AssimilationSettings
from proda.inspection.views import Estimate
from proda.model import MonthlyForcing
from proda.model.structures import get_structure
from proda.parameters.methods import (
    DIRECT_FOREST,
    DIRECT_NETWORK,
    HYBRID,
    NEURAL_NETWORK,
    ONE_BATCH,
    RANDOM_FOREST,
)
from proda.resources import resource

__all__ = ["LARGEST_RUN", "Size", "estimates", "former_run"]

LARGEST_RUN = 27_000
"""Profiles of the largest run that has been measured (docs/conus.md)."""

_TRAINING = 0.64  # of the profiles: training of the random split
_WALK_STEPS = 150_000
_BATCH_STEPS = 750_000


@dataclass(frozen=True)
class Size:
    """Numbers that the cost of a run follows from.

    Attributes
    ----------
    profiles
        Profiles that are used.
    places
        Grid cells that hold them; 0 if that is not known.
    cells
        Cells of the grid.
    """

    profiles: int
    places: int
    cells: int


@cache
def _costs() -> dict[str, float]:
    with Path(resource("costs.csv")).open(encoding="utf-8", newline="") as file:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(file)}


def estimates(plan: Plan, size: Size) -> list[Estimate]:
    """Estimate what each part of a run takes.

    Parameters
    ----------
    plan
        Of the configuration.
    size
        Numbers of profiles and cells.
    """
    c, config = _costs(), plan.config
    monthly = issubclass(get_structure(config["structure"]).forcing, MonthlyForcing)
    cells_memory = c["memory_cell"] * size.cells if monthly else 0.0
    inputs = c["inputs_fixed"] + c["inputs_profile"] * size.profiles + c["inputs_cell"] * size.cells
    parts = [
        Estimate("inputs", inputs, 0.3 + cells_memory, 0.0, f"{size.cells} cells"),
        _fits(c, config, size, monthly),
    ]
    if ONE_BATCH.name in plan.methods:
        parts.append(_one_batch(c, config, size, monthly))
    if plan.all_learners:
        parts.append(_learners(c, plan, size))
    other = c["other_fixed"] + c["other_method"] * len(plan.mapped)
    other += c["other_profile"] * size.profiles
    basis = f"{len(plan.mapped)} methods with a map"
    memory = c["memory_figures"] if plan.learners else 0.5
    parts.append(Estimate("projections, maps, tables, figures", other, memory, 0.0, basis))
    if config["processes"] or config["analysis"]:
        parts.append(_analysis(c, plan, size))
    if config["transient"]:
        parts.append(_transient(c, plan, size))
    return parts


def _fits(c: Mapping[str, float], config: Mapping[str, Any], size: Size, monthly: bool) -> Estimate:
    settings = config["assimilation"]
    site = settings["site"]
    if build(AssimilationSettings, settings).random_walk:
        steps = settings["chains"] * (site["test_steps"] + site["steps"])
        fit = c["random_walk"] * steps / _WALK_STEPS * (c["monthly_factor"] if monthly else 1)
    elif monthly:
        fit = c["fit_monthly_short" if site["budget"] <= c["short_budget"] else "fit_monthly"]
    else:
        fit = c["fit_annual"]
    jobs = -(-size.profiles // settings["profiles_per_job"])
    seconds = fit * size.profiles + c["job_start"] * jobs + c["gather"] * size.profiles
    disk = c["disk_fixed"] + c["disk_profile"] * size.profiles * site["draws"] / 500
    basis = f"{size.profiles} profiles of {fit:.2g} s in {jobs} jobs"
    if size.profiles > LARGEST_RUN:
        basis += "; extrapolated"
    return Estimate("fits of the profiles", seconds, 0.5, disk, basis)


def _one_batch(
    c: Mapping[str, float], config: Mapping[str, Any], size: Size, monthly: bool
) -> Estimate:
    settings = config["assimilation"]
    run, chains = settings[ONE_BATCH.name], settings["chains"]
    factor = c["monthly_factor"] if monthly else 1.0
    if build(AssimilationSettings, settings).random_walk:
        steps = chains * (run["test_steps"] + run["steps"])
        seconds = c["batch_walk"] * steps / _BATCH_STEPS * factor
        seconds *= max(1.0, (size.places or size.profiles) / 400)
        return Estimate("one batch", seconds, 0.5, 0.0, f"{chains} chains of a random walk")
    draws = min(run["budget"], c["batch_draws"])
    seconds = c["batch_draw"] * chains * draws * size.profiles * factor
    return Estimate("one batch", seconds, 0.5, 0.0, f"{chains} chains of {draws:g} draws")


def _learners(c: Mapping[str, float], plan: Plan, size: Size) -> Estimate:
    learning, seconds, parts = plan.config["learning"], 0.0, []
    sites = _TRAINING * size.profiles
    for name in plan.all_learners:
        options = learning[name]
        members = options["members"] + learning["folds"] * options["fold_members"]
        epochs = options.get("epochs", 0)
        each = {
            NEURAL_NETWORK.name: c["network_member"] + c["network_epoch"] * epochs * sites,
            HYBRID.name: c["network_member"] + c["epoch_through_model"] * epochs * sites,
            RANDOM_FOREST.name: c["forest"] * size.profiles,
            DIRECT_NETWORK.name: c[DIRECT_NETWORK.name] * size.profiles,
            DIRECT_FOREST.name: c[DIRECT_FOREST.name] * size.profiles,
        }[name]
        jobs = 1 if name in plan.direct_learners else 1 + learning["folds"]
        seconds += each * members + c["learner_start"] * jobs
        parts.append(f"{members} x {name}")
    if plan.curved:
        sizes, repeats = learning["curve"]["sizes"], learning["curve"]["repeats"]
        seconds *= 1 + len(sizes) * repeats / 2
        parts.append("learning curve")
    return Estimate("learners", seconds, c["memory_learner"], 0.0, ", ".join(parts))


def _analysis(c: Mapping[str, float], plan: Plan, size: Size) -> Estimate:
    analysis = plan.config["analysis"]
    seconds = c["processes_method"] * len(plan.of_processes)
    if analysis:
        draws = analysis["sensitivity"]["max_draws"] * len(plan.sensitive)
        seconds += c["sensitivity"] * size.cells * draws
        seconds += c["control_learner"] * len(plan.controlled) + c["identifiability"]
        folds = plan.config["learning"]["folds"]
        seconds += c["importance_fold"] * len(plan.explained) * folds
        seconds += analysis["bootstrap"]["members"] * sum(
            c["forest"] * size.profiles
            if name == RANDOM_FOREST.name
            else c["network_member"]
            + c["network_epoch"] * plan.config["learning"][name]["epochs"] * size.profiles
            for name in plan.resampled
        )
    return Estimate("processes and analysis", seconds, c["memory_figures"], 0.0, "")


def _transient(c: Mapping[str, float], plan: Plan, size: Size) -> Estimate:
    settings = plan.config["transient"]
    first, last = settings["forcing"]["years"]
    members = settings["members"] * len(plan.parameter_sets)
    runs = (last - first + 1) * members * len(plan.scenarios) * settings["steps_per_month"]
    cells = size.cells / settings["forcing"]["every"] ** 2
    seconds = c["transient_fixed"] + c["transient"] * runs * cells
    basis = f"{last - first + 1} years, {len(plan.scenarios)} scenarios, {members} members"
    return Estimate("runs through time", seconds, 1.0, 0.0, basis)


def former_run(results: Path) -> str:
    """Return what a former run into the same folder took, or an empty text.

    Parameters
    ----------
    results
        Folder of the results, with the measurements that jobs leave below ``benchmarks``.
    """
    jobs, seconds, memory = 0, 0.0, 0.0
    for path in sorted((results / "benchmarks").rglob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                jobs += 1
                seconds += _number(row.get("s"))
                memory = max(memory, _number(row.get("max_rss")))
    if not jobs:
        return ""
    return (
        f"{jobs} jobs of a former run in {results}: {seconds / 60:.0f} min in all, "
        f"largest job {memory / 1024:.1f} GB"
    )


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return 0.0
