"""The configuration: a closed schema, defaults filled in, and errors that help.

An unknown key is an error that names the nearest known one; so is a value of the wrong type or
beyond its limits, and values that contradict each other.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import jsonschema

from proda.config.errors import SMALLEST_NUMBER, explained
from proda.config.keys import as_plain, build
from proda.config.renamed import check_renamed
from proda.config.schema import Schema, load_schema
from proda.config.sections.assimilation import AssimilationSettings
from proda.config.sections.config import Config
from proda.config.sections.covariates import CovariateSettings
from proda.config.sections.evaluation import IGBP
from proda.config.sections.forcing import NppMod17a3
from proda.config.sections.region import BUILT_IN_REGIONS, RegionSettings
from proda.config.sections.transient import SITE_MEAN
from proda.config.sections.twin import GlobalTwinSettings, TwinSettings
from proda.config.values import check_values
from proda.errors import InputError, number_text
from proda.model.structures import GLOBAL, get_structure
from proda.parameters.methods import METHODS, ONE_BATCH, Kind, of_kind, selectable

__all__ = ["read_config", "validate_config"]


_LEARNERS = (Kind.LEARNER, Kind.DIRECT)


def _is_integer(_: object, value: object) -> bool:
    """Whether a value is a whole number; in Python true is one, and in JSON 2020.0."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: object, value: object) -> bool:
    """Whether a value is a finite number that keeps its digits."""
    if isinstance(value, int):
        return _is_integer(_, value)
    if not (isinstance(value, float) and math.isfinite(value)):
        return False
    return value == 0 or abs(value) >= SMALLEST_NUMBER


def _whole_pattern(
    validator: object, pattern: str, value: object, _: Schema
) -> Iterator[jsonschema.ValidationError]:
    """Match whole texts: in Python ``$`` also matches before a line break at the end."""
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
    {"integer": _is_integer, "number": _is_number}
)
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _whole_pattern}, type_checker=_TYPES
)


def validate_config(config: dict[str, Any]) -> dict[str, Any]:
    """Check a configuration.

    Parameters
    ----------
    config
        The configuration as read from its file.

    Returns
    -------
    dict
        The same as plain values, with all defaults filled in.

    Raises
    ------
    InputError
        For the first mistake; it names the key, what was expected and what was found.
    """
    return as_plain(read_config(config))


def read_config(config: dict[str, Any]) -> Config:
    """Like `validate_config`, but return the configuration as typed sections."""
    check_values(config)
    check_renamed(config)
    validator = _Validator(load_schema())
    errors = sorted(validator.iter_errors(config), key=lambda error: list(error.absolute_path))
    if errors:
        raise explained(errors[0])
    checked = build(Config, _for_its_covariates(config), "config ")
    _check_data(checked)
    _check_order(checked)
    _check_grid(checked)
    _check_covariates(checked.covariates)
    _check_learners(checked)
    _check_draws(checked.assimilation)
    _check_likelihood(checked)
    _check_figures(checked)
    _check_transient(checked)
    _check_control(checked)
    return checked


def _for_its_covariates(config: dict[str, Any]) -> dict[str, Any]:
    """Defaults that the covariates allow.

    Without any, methods are those that learn from none. The vegetation types need a covariate:
    where the configuration lists others than theirs, there are no types.
    """
    covariates = config.get("covariates", {"names": []})
    names = covariates.get("names")
    if names == []:
        others = [name for name in selectable() if name not in of_kind(selectable(), *_LEARNERS)]
        config = {"methods": others} | config
    listed = covariates.get("files") or {}
    sites = (covariates.get("sites") or {}).get("columns", {})
    if (
        names is None
        and isinstance(listed, dict)
        and (listed or sites)
        and not covariates.get("table")
    ):
        names = [*listed, *sites]
    if names is None or IGBP in names:
        return config
    return config | {"evaluation": {"vegetation": None} | config.get("evaluation", {})}


# --- what a schema cannot express ----------------------------------------------------------------


def _check_data(config: Config) -> None:
    if (config.twin is None) == (config.data_dir is None):
        found = "neither" if config.twin is None else "both"
        raise InputError("config", "either a section twin or a data_dir", found)
    profiles = config.profiles
    if (profiles.source is None) == (not profiles.sources):
        found = "neither" if profiles.source is None else "both"
        raise InputError("config profiles", "either a key source or sources", found)
    structure = get_structure(config.structure)
    if isinstance(config.twin, GlobalTwinSettings) and config.structure != GLOBAL:
        expected = f"{GLOBAL}, for which the synthetic globe is made"
        raise InputError("config structure", expected, config.structure)
    if isinstance(config.twin, TwinSettings) and structure.land_model.litter_inputs:
        expected = "a structure whose carbon input follows from NPP"
        found = f"{config.structure}, which needs litter input that the built-in dataset lacks"
        hint = "remove the section twin and name your own data with data_dir"
        raise InputError("config structure", expected, found, hint)
    if structure.switches.input_from_npp and config.forcing.npp is None:
        raise InputError("config forcing", f"a key 'npp', which {config.structure} needs", "none")
    land = structure.land_model.driven_by(config.forcing.clm.temperature)
    if config.forcing.clm.climatology == "product" and land.product is None:
        expected, found = f"fields, for {config.structure}", config.forcing.clm.climatology
        raise InputError("config forcing.clm.climatology", expected, found)
    if config.forcing.clm.groups_of_years > 1 and config.forcing.clm.climatology != "product":
        expected, found = "climatology: product, for groups_of_years", "fields"
        raise InputError("config forcing.clm.climatology", expected, found)
    shares = config.forcing.clm.npp_shares
    if shares is not None and abs(sum(astuple(shares)) - 1) > 1e-6:
        found = number_text(sum(astuple(shares)))
        raise InputError("config forcing.clm.npp_shares", "shares that sum to 1", found)
    if config.forcing.clm.litter_input == "npp" and shares is None:
        expected = "npp_shares, for litter_input: npp"
        raise InputError("config forcing.clm", expected, "none")


def _check_order(config: Config) -> None:
    """Check that the first number of a pair is not the larger one."""
    npp, twin = config.forcing.npp, config.twin
    series = None if config.transient is None else config.transient.forcing
    pairs = {
        "forcing.clm.years": config.forcing.clm.years,
        "forcing.npp.years": npp.years if isinstance(npp, NppMod17a3) else None,
        "twin.npp_years": twin.npp_years if isinstance(twin, TwinSettings) else None,
        "assimilation.acceptance_window": config.assimilation.acceptance_window,
        "transient.forcing.years": None if series is None else series.years,
        "transient.forcing.base_years": None if series is None else series.base_years,
    }
    for key, pair in pairs.items():
        if pair and pair[0] > pair[1]:
            raise InputError(f"config {key}", "the smaller number first", repr(list(pair)))
    if isinstance(twin, TwinSettings) and not 1 <= twin.npp_years[1] - twin.npp_years[0] < 100:
        expected = "a first and a later last year, at most 100 years"
        raise InputError("config twin.npp_years", expected, repr(list(twin.npp_years)))


def _check_grid(config: Config) -> None:
    resolution = config.region.resolution
    if abs(180 / resolution - round(180 / resolution)) * resolution > 1e-6:
        raise InputError("config region.resolution", "a divisor of 180", number_text(resolution))
    _check_region(config.region)
    if isinstance(config.twin, TwinSettings):
        pixels = 0.5 / config.twin.resolution
        if abs(pixels - round(pixels)) > 1e-9:
            found = number_text(config.twin.resolution)
            raise InputError("config twin.resolution", "a divisor of half a degree", found)


def _check_region(region: RegionSettings) -> None:
    if region.country is not None and region.polygon is not None:
        expected = "either a polygon or a country"
        raise InputError("config region", expected, f"{region.polygon} and {region.country}")
    if (region.attribute is None) != (region.value is None):
        found = "attribute" if region.value is None else "value"
        raise InputError("config region", "attribute and value together", f"{found} alone")
    for key in ("attribute", "layer"):
        if getattr(region, key) is not None and region.polygon in BUILT_IN_REGIONS:
            raise InputError(f"config region.{key}", "a polygon of your own to choose from", "none")
    if region.bounds is None:
        return
    west, south, east, north = region.bounds
    if south >= north or west == east:
        expected = "west, south, east, north, with south below north"
        raise InputError("config region.bounds", expected, repr(list(region.bounds)))


def _check_learners(config: Config) -> None:
    learners = of_kind(config.methods, *_LEARNERS)
    if learners and config.covariates.names == ():
        expected = f"covariates for {' and '.join(learners)}"
        hint = "methods without learners need none"
        raise InputError("config covariates.names", expected, "[]", hint)
    if not learners and config.evaluation.resampled == "blocks":
        expected = "profiles without a method that learns, as only its splits have blocks"
        raise InputError("config evaluation.resampled", expected, "blocks")


def _check_covariates(covariates: CovariateSettings) -> None:
    if covariates.table is not None and covariates.files is not None:
        expected = "either a table or files"
        raise InputError("config covariates", expected, "both", "list all rasters in one of them")


def _check_draws(assimilation: AssimilationSettings) -> None:
    for name, run in (("site", assimilation.site), (ONE_BATCH.name, assimilation.one_batch)):
        if assimilation.random_walk:
            left = run.steps - round(assimilation.burn_in * run.steps)
            expected = f"{left} or less, the steps that are left after burn-in"
        else:
            left = assimilation.chains * run.budget
            expected = f"{left} or less, the budget of all chains"
        if run.draws > left:
            raise InputError(f"config assimilation.{name}.draws", expected, repr(run.draws))


def _check_likelihood(config: Config) -> None:
    """Random walks have the errors of the study: normal, of known size."""
    likelihood, profiles = config.assimilation.likelihood, config.profiles
    if config.assimilation.random_walk:
        needed = {
            "assimilation.likelihood.error_model": (likelihood.error_model, "relative"),
            "assimilation.likelihood.estimate_error": (likelihood.estimate_error, "none"),
            "profiles.below_detection": (profiles.below_detection, "reject"),
        }
        for key, (found, expected) in needed.items():
            if found != expected:
                expected = f"{expected} with the sampler {config.assimilation.sampler}"
                hint = "other likelihoods need the sampler hmc; presets study and paper have this"
                raise InputError(f"config {key}", expected, repr(found), hint)
    if profiles.below_detection == "censor" and profiles.detection_limit is None:
        hint = "without a limit nothing is below it"
        raise InputError("config profiles.detection_limit", "a limit to censor at", "null", hint)


def _check_figures(config: Config) -> None:
    for name in config.validation:
        if f"{name}_maps" in config.validation:
            expected = "names whose figures have different files"
            found = f"{name!r} and {name + '_maps'!r}"
            raise InputError("config validation", expected, found)


def _check_transient(config: Config) -> None:
    settings = config.transient
    if settings is None:
        return
    if isinstance(config.twin, TwinSettings):
        expected = "your own history through time, or the synthetic globe"
        raise InputError("config transient", expected, "the twin of the built-in dataset")
    base, years = settings.forcing.base_years, settings.forcing.years
    if base and not years[0] <= base[0] <= base[1] <= years[1]:
        expected = f"years from {years[0]} to {years[1]}, those of the runs"
        raise InputError("config transient.forcing.base_years", expected, repr(list(base)))
    given = config.model.default_source == "matrix"
    possible = [
        name
        for name in config.methods
        if METHODS[name].has_parameters and (given or METHODS[name].kind is not Kind.GIVEN)
    ] + [SITE_MEAN]
    for name in settings.methods or ():
        if name not in possible:
            expected = f"parameter sets of this run: {', '.join(possible)}"
            hint = None if given else "model.default_source: matrix has parameters, a history none"
            raise InputError("config transient.methods", expected, name, hint)


def _check_control(config: Config) -> None:
    if config.analysis is None:
        return
    known = get_structure(config.structure).parameters.names
    for i, name in enumerate(config.analysis.control.parameters):
        if name not in known:
            expected = f"a parameter of {config.structure}: {', '.join(known)}"
            raise InputError(f"config analysis.control.parameters.{i}", expected, repr(name))
