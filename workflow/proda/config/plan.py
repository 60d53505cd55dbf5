"""What a configuration plans: methods, and the maps and tables that are made of them.

The rules take their lists of methods from a `Plan`, and ``proda check`` reports what will be made
and what will not, and why. Importing this costs next to nothing, because every start of the
workflow does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proda.config.covariate_choice import Covariates, choose_covariates
from proda.config.keys import build
from proda.config.sections.covariates import CovariateSettings
from proda.config.sections.transient import SCENARIO_NAMES, SITE_MEAN, TRUE_PARAMETERS
from proda.errors import InputError
from proda.parameters.methods import (
    METHODS,
    Kind,
    blocked_names,
    mapped,
    methods_used,
    of_kind,
    selectable,
    with_parameters,
)

__all__ = ["Plan", "PlannedResult", "planned_results", "without_covariates"]


@dataclass(frozen=True)
class Plan:
    """Methods of a run by what is made of them.

    Parameters
    ----------
    config
        A validated configuration, as plain values.
    """

    config: Mapping[str, Any]

    @cached_property
    def methods(self) -> list[str]:
        """All methods, those per site included; jobs of others are never planned."""
        return methods_used(self.config["methods"])

    @cached_property
    def learners(self) -> list[str]:
        """Methods that predict parameters from covariates."""
        return of_kind(self.methods, Kind.LEARNER)

    @cached_property
    def direct_learners(self) -> list[str]:
        """Methods that predict soil carbon itself from covariates."""
        return of_kind(self.methods, Kind.DIRECT)

    @cached_property
    def all_learners(self) -> list[str]:
        """Methods that learn from covariates."""
        return of_kind(self.methods, Kind.LEARNER, Kind.DIRECT)

    @cached_property
    def pooled(self) -> list[str]:
        """Methods with one distribution of parameters for all places."""
        return of_kind(self.methods, Kind.POOLED)

    @cached_property
    def covariates(self) -> Covariates:
        """Names of the covariates; InputError for a choice that nothing provides."""
        settings = build(CovariateSettings, self.config["covariates"])
        made = f"results/{self.config['dataset']}/raw"
        return choose_covariates(settings, self.config["data_dir"] or made)

    @cached_property
    def without_raster(self) -> tuple[str, ...]:
        """Covariates that are known at the profiles only; those of rasters need no look."""
        return () if self.config["covariates"]["sites"] is None else self.covariates.without_raster

    @cached_property
    def covariates_on_grid(self) -> bool:
        """Whether all covariates have rasters, as those of the table of covariates have."""
        return not self.without_raster

    def require_possible(self) -> None:
        """Require what chosen results need of the covariates.

        Raises
        ------
        InputError
            For a result that the configuration asks for and that needs covariates on the grid
            which are known at the profiles only.
        """
        if self.covariates_on_grid:
            return
        lacking = ", ".join(self.without_raster)
        found = f"no raster of {lacking}"
        hint = "add rasters under covariates.files, or choose others by covariates.names"
        for name in self.learners:
            if self.config["learning"][name]["fitted_on"] == "grid":
                expected = "training, as the covariates are known at the profiles only"
                raise InputError(f"config learning.{name}.fitted_on", expected, "grid", hint)
        chosen = (self.config["transient"] or {}).get("methods") or ()
        for name in chosen:
            if name in self.all_learners:
                where, expected = "config transient.methods", f"rasters for the map of {name}"
                raise InputError(where, expected, found, hint)
        climate = (self.config["processes"] or {}).get("climate")
        if climate and climate["covariate"] not in self.covariates.gridded:
            expected = f"a covariate with a raster: {', '.join(self.covariates.gridded) or 'none'}"
            raise InputError("config processes.climate.covariate", expected, climate["covariate"])

    @cached_property
    def mapped(self) -> list[str]:
        """Methods with a map; learners need covariates on the grid."""
        return mapped(self.methods, self.covariates_on_grid)

    @cached_property
    def mapped_learners(self) -> list[str]:
        """Learners whose parameters are mapped."""
        return [name for name in self.learners if name in self.mapped]

    @cached_property
    def all_mapped_learners(self) -> list[str]:
        """Methods that learn from covariates and have a map."""
        return [name for name in self.all_learners if name in self.mapped]

    @cached_property
    def blocked(self) -> list[str]:
        """Variants of the learners that have not seen the block of a profile."""
        return blocked_names(self.methods)

    @cached_property
    def parametric(self) -> list[str]:
        """Methods and blocked variants that have draws of parameters."""
        return with_parameters(self.methods + self.blocked)

    @cached_property
    def given(self) -> list[str]:
        """Methods whose parameters are given: the land model's own carbon comes without any."""
        from_matrix = self.config["model"]["default_source"] == "matrix"
        return of_kind(self.mapped, Kind.GIVEN) if from_matrix else []

    @cached_property
    def mapped_with_parameters(self) -> list[str]:
        """Methods with a map and parameters."""
        return [name for name in self.mapped if name in self.parametric + self.given]

    @cached_property
    def uncertain(self) -> list[str]:
        """Methods whose maps are means of several draws; a single draw has no spread to show."""
        learning = self.config["learning"]
        return [
            name
            for name in self.mapped
            if METHODS[name].kind is Kind.POOLED
            or (name in self.all_learners and learning[name]["members"] > 1)
        ]

    @cached_property
    def of_processes(self) -> list[str]:
        """Methods whose bulk processes are mapped."""
        return self.mapped_with_parameters if self.config["processes"] else []

    @cached_property
    def sensitive(self) -> list[str]:
        """Methods whose sensitivities are computed: parameters vary with place or draw."""
        analysed = self.config["analysis"]
        return [name for name in self.mapped if name in self.parametric] if analysed else []

    @cached_property
    def controlled(self) -> list[str]:
        """Learners with one mechanism held alike in all places."""
        return self.mapped_learners if self.config["analysis"] else []

    @cached_property
    def explained(self) -> list[str]:
        """Learners whose covariates are replaced to assess their importance."""
        importance = (self.config["analysis"] or {}).get("importance", {})
        return [name for name in importance.get("learners", ()) if name in self.learners]

    @cached_property
    def resampled(self) -> list[str]:
        """Learners that are trained on resampled blocks."""
        bootstrap = (self.config["analysis"] or {}).get("bootstrap", {})
        if not bootstrap.get("members"):
            return []
        return [name for name in bootstrap["learners"] if name in self.mapped_learners]

    @cached_property
    def curved(self) -> list[str]:
        """Learners that are trained on fewer profiles for the learning curve."""
        return self.all_learners if self.config["learning"]["curve"] else []

    @cached_property
    def parameter_sets(self) -> list[str]:
        """Parameter sets that are run through time."""
        settings = self.config["transient"]
        possible = [*self.mapped_with_parameters, SITE_MEAN]
        chosen = (settings and settings["methods"]) or possible
        true = [TRUE_PARAMETERS] if self.config["twin"] is not None else []
        return true + [name for name in possible if name in chosen]

    @cached_property
    def scenarios(self) -> list[str]:
        """Scenarios that are run through time, all of them without a section `transient`."""
        settings = self.config["transient"]
        return list(settings["scenarios"] if settings else SCENARIO_NAMES)


@dataclass(frozen=True)
class PlannedResult:
    """A result that a run makes, or does not make.

    Attributes
    ----------
    path
        Below the folder of the results.
    about
        What it holds.
    skipped
        Why it is not made; empty if it is.
    """

    path: str
    about: str
    skipped: str = ""


def planned_results(plan: Plan) -> Iterator[PlannedResult]:
    """Yield the maps and main tables of a run, and those that it will not make, with the reason.

    Parameters
    ----------
    plan
        Of the configuration.
    """
    config = plan.config
    for name in plan.mapped:
        label = METHODS[name].label
        yield PlannedResult(f"maps/{name}_stocks.tif", f"map of stocks: {label}")
    yield from without_covariates(plan)
    for name in plan.mapped_learners:
        about = f"map of predicted parameters: {METHODS[name].label}"
        yield PlannedResult(f"maps/{name}_parameters.tif", about)
    no_learner = "" if plan.all_learners else "no learner among the methods"
    no_map = no_learner or ("" if plan.all_mapped_learners else "no map by a learner")
    no_parameters = "" if plan.mapped_learners else "no map of parameters by a learner"
    no_analysis = "" if config["analysis"] else "no section analysis"
    no_processes = "" if config["processes"] else "no section processes"
    tables = (
        ("assimilation_ledger", "outcome of the fits", ""),
        ("certificates", "certificates of convergence", ""),
        ("table_1", "skill of all methods", ""),
        ("table_s1", "parameters", ""),
        ("table_s3", "total stocks", ""),
        ("predictive_checks", "coverage of observations by predictive intervals", ""),
        ("applicable_area", "area in which learners are applicable", no_map),
        (
            "vegetation",
            "SOC by vegetation type",
            "" if config["evaluation"]["vegetation"] else "evaluation.vegetation is null",
        ),
        (
            "recovery",
            "recovery of the known truth",
            "" if config["twin"] is not None else "only for a synthetic world",
        ),
        (
            "learning_curve",
            "skill against the number of profiles",
            no_learner or ("" if plan.curved else "no section learning.curve"),
        ),
        ("processes", "bulk processes", no_processes),
        ("sensitivity", "sensitivity to each mechanism", _any(no_analysis, plan.sensitive)),
        ("component_control", "control by each mechanism", no_analysis or no_parameters),
        ("identifiability", "what posteriors tell of each mechanism", no_analysis),
        ("importance", "importance of covariates", _any(no_analysis, plan.explained)),
        ("bootstrap", "totals of resampled blocks", _any(no_analysis, plan.resampled)),
        (
            "transient_changes",
            "change of soil carbon through time",
            "" if config["transient"] else "no section transient",
        ),
    )
    for name, about, skipped in tables:
        yield PlannedResult(f"tables/{name}.csv", about, skipped)
    for name in config["validation"]:
        yield PlannedResult(f"tables/validation_{name}.csv", f"maps against the points of {name}")
    if not config["validation"]:
        skipped = "no section validation"
        yield PlannedResult("tables/validation_*.csv", "maps against measured stocks", skipped)
    if not config["references"]:
        skipped = "no section references"
        yield PlannedResult("inputs/references.nc", "published maps beside the results", skipped)


def without_covariates(plan: Plan) -> Iterator[PlannedResult]:
    """Yield what a run does not make because covariates, or rasters of them, are not there.

    Parameters
    ----------
    plan
        Of the configuration.
    """
    if plan.config["covariates"]["names"] == []:
        for name in of_kind(selectable(), Kind.LEARNER, Kind.DIRECT):
            about = f"predictions at profiles and map of stocks: {METHODS[name].label}"
            yield PlannedResult(f"projection/{name}_*.nc", about, "no covariates to learn from")
    if not plan.covariates_on_grid:
        lacking = ", ".join(plan.without_raster)
        for name in plan.all_learners:
            about = f"map of stocks: {METHODS[name].label}"
            yield PlannedResult(f"maps/{name}_stocks.tif", about, f"no raster of {lacking}")


def _any(no_section: str, methods: list[str]) -> str:
    """Why a result of some methods is not made; empty if it is."""
    return no_section or ("" if methods else "none of the methods asked for is in this run")
