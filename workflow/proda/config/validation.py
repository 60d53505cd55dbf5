"""The configuration: a closed schema, defaults filled in, and errors that help.

The schema (proda/resources/config.schema.yaml) describes every key. A key it does not know is an
error that names the key and the nearest known one; so is a value of the wrong kind or beyond its
limits, a key that stands twice in its file, and values that contradict each other.
"""

import math
import re

import jsonschema

from proda.config.errors import SMALLEST_NUMBER, explained
from proda.config.renamed import check_renamed
from proda.config.schema import load_schema, resolve, stated_branch
from proda.config.values import check_values
from proda.errors import InputError, number_text
from proda.parameters.methods import ONE_BATCH, Kind, of_kind

__all__ = ["validate_config"]


def _is_integer(_, value):
    """JSON knows true as no number, and 2020.0 would not do as a seed."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_, value):
    if _is_integer(_, value):
        return True
    if not (isinstance(value, float) and math.isfinite(value)):
        return False
    return value == 0 or abs(value) >= SMALLEST_NUMBER


def _whole_pattern(validator, pattern, value, schema):
    """In Python ``$`` also matches before a line break at the end; in JSON schemas it does not."""
    if validator.is_type(value, "string") and not re.fullmatch(pattern, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
    {"integer": _is_integer, "number": _is_number}
)
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _whole_pattern}, type_checker=_TYPES
)


def validate_config(config):
    """Check a configuration and return it with all defaults filled in.

    Raises InputError that names the key, what was expected and what was found.
    """
    check_values(config)
    check_renamed(config)
    schema = load_schema()
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(config), key=lambda error: list(error.absolute_path))
    if errors:
        raise explained(errors[0])
    if ("twin" in config) == ("data_dir" in config):
        found = "both" if "twin" in config else "neither"
        raise InputError("config", "either a section twin or a data_dir", found)
    config = _without_default_vegetation(config)
    config = _with_defaults(config, schema, schema)
    if config["structure"] == "clm45-10" and "npp" not in config["forcing"]:
        raise InputError("config forcing", "a key 'npp', which clm45-10 needs", "none")
    _check_meaning(config)
    return config


def _without_default_vegetation(config):
    """The groups of vegetation that stand in the schema need a covariate: without any, no groups
    are what is meant."""
    if config["covariates"].get("names") != []:
        return config
    return config | {"evaluation": {"vegetation": None} | config.get("evaluation", {})}


def _check_meaning(config):
    """What a schema cannot say: pairs in order, and numbers that must fit each other."""
    forcing, assimilation = config["forcing"], config["assimilation"]
    pairs = {
        "forcing.clm.years": forcing["clm"]["years"],
        "forcing.npp.years": forcing.get("npp", {}).get("years"),
        "twin.npp_years": config.get("twin", {}).get("npp_years"),
        "assimilation.acceptance_window": assimilation["acceptance_window"],
    }
    for key, pair in pairs.items():
        if pair and pair[0] > pair[1]:
            raise InputError(f"config {key}", "the smaller number first", repr(list(pair)))
    resolution = config["region"]["resolution"]
    if abs(180 / resolution - round(180 / resolution)) * resolution > 1e-6:
        found = number_text(resolution)
        raise InputError("config region.resolution", "a divisor of 180", found)
    learners = of_kind(config["methods"], Kind.LEARNER)
    if learners and config["covariates"]["names"] == []:
        expected = f"covariates for {' and '.join(learners)}"
        hint = "methods without learners need none"
        raise InputError("config covariates.names", expected, "[]", hint)
    if "twin" in config:
        _check_twin(config["twin"])
    for run in ("site", ONE_BATCH.name):
        steps, draws = assimilation[run]["steps"], assimilation[run]["draws"]
        left = steps - round(assimilation["burn_in"] * steps)
        if draws > left:
            expected = f"{left} or less, the steps that are left after burn-in"
            raise InputError(f"config assimilation.{run}.draws", expected, repr(draws))
    for name in config["validation"]:
        for other in config["validation"]:
            if other.removeprefix(name) == "_maps":
                expected = "names that do not make the same files of figures"
                raise InputError("config validation", expected, f"{name!r} and {other!r}")


def _check_twin(twin):
    pixels = 0.5 / twin["resolution"]
    if abs(pixels - round(pixels)) > 1e-9:
        found = number_text(twin["resolution"])
        raise InputError("config twin.resolution", "a divisor of half a degree", found)
    first, last = twin["npp_years"]
    if not 1 <= last - first < 100:
        expected = "a first and a later last year, at most 100 years"
        raise InputError("config twin.npp_years", expected, repr(twin["npp_years"]))


def _with_defaults(value, schema, root):
    schema = resolve(schema, root)
    if not isinstance(value, dict):
        return value
    schema = stated_branch(value, schema, root)
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    filled = dict(value)
    for key, part in known.items():
        part = resolve(part, root)
        if key not in filled and "default" in part:
            filled[key] = part["default"]
        if key in filled:
            filled[key] = _with_defaults(filled[key], part, root)
    if isinstance(others, dict):
        for key in filled.keys() - known.keys():
            filled[key] = _with_defaults(filled[key], others, root)
    return filled
