"""From the configuration to the settings of the samplers."""

import math
from collections.abc import Mapping
from typing import Any

from proda.config.sections.assimilation import STATED
from proda.inference.certificate import Thresholds
from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.metropolis_settings import PRESETS, checked_settings
from proda.inference.rounds import RoundSettings
from proda.inference.site import SiteOptions

__all__ = ["ONE_BATCH_STAGES", "make_options", "sampler_settings"]


# Name of the sampler that is no random walk.
TRAJECTORIES = "hmc"
# The posterior of all profiles at once is far too sharp to be found from the prior: stages of a
# random walk under rising powers of the likelihood.
ONE_BATCH_STAGES = 10
# Trajectories that lead from the starts to the posterior, and in the windows that estimate the
# metric.
# The one-batch posterior is curved along a few directions in which the data say little; metrics
# from short windows miss them.
SITE_WARM_UP = [HmcSettings().approach, *HmcSettings().windows]
ONE_BATCH_WARM_UP = [100, 100, 200, 400, 800, 1600]
# Length of trajectories and acceptance that their step sizes are tuned to, as they measure best.
INTEGRATION = {
    "site": {
        "trajectory": HmcSettings().trajectory,
        "target_acceptance": HmcSettings().target_acceptance,
    },
    "one_batch": {"trajectory": 1.5 * math.pi / 2, "target_acceptance": 0.85},
}
# Searches for the modes at which its chains start.
ONE_BATCH_SEARCHES = 16
# Of the mixture whose proposals lead between regions of the one-batch posterior.
ONE_BATCH_COMPONENTS = 4


def sampler_settings(section: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings of the site-by-site and the one-batch runs, as plain values.

    Parameters
    ----------
    section
        ``assimilation`` of the configuration.

    Returns
    -------
    dict
        {"site": ..., "one_batch": ...} of mappings for ``make_options``; a rule that has one as
        parameter runs again if it changes.
    """
    likelihood = section["likelihood"]
    common: dict[str, Any] = {
        "sampler": section["sampler"],
        "chains": section["chains"],
        "certificate": dict(section["certificate"]),
    }
    runs = {}
    for run, stages in (("site", 0), ("one_batch", ONE_BATCH_STAGES)):
        settings = common | {"draws": section[run]["draws"]}
        if section["sampler"] == TRAJECTORIES:
            estimated = likelihood["estimate_error"] in ("all", run)
            stated = run == "site" and likelihood["error_prior"] == STATED
            settings |= {
                "budget": section[run]["budget"],
                "error_model": likelihood["error_model"],
                "relative_error": likelihood["relative_error"],
                "estimated": estimated,
                "spread": likelihood["error_spread"] if estimated and stated else 0.0,
                "warm_up": _warm_up(run, section[run]["budget"]),
                "integration": INTEGRATION[run],
                "searches": ONE_BATCH_SEARCHES if run == "one_batch" else 0,
                "components": ONE_BATCH_COMPONENTS if run == "one_batch" else 0,
            }
        else:
            settings |= {name: section[run][name] for name in ("test_steps", "steps")}
            settings |= {"burn_in": section["burn_in"], "tempered_stages": stages}
            # Only a uniform test run is tuned into the window; elsewhere it is a threshold for the
            # result.
            if PRESETS[section["sampler"]].uniform_test_run:
                settings["acceptance_window"] = section["acceptance_window"]
        runs[run] = settings
    return runs


def _warm_up(run: str, budget: int) -> list[int]:
    """Lengths of the approach and of the windows of a run.

    A window is no longer than all draws of a site, and than half of those of one batch, whose
    windows are many.
    """
    if run == "one_batch":
        (approach, first, *windows), longest = ONE_BATCH_WARM_UP, budget // 2
    else:
        (approach, first, *windows), longest = SITE_WARM_UP, budget
    return [approach, first, *(window for window in windows if window <= longest)]


def make_options(settings: Mapping[str, Any], seed: int) -> SiteOptions:
    """Options of the assimilation of a profile or a batch.

    Parameters
    ----------
    settings
        One of the mappings of ``sampler_settings``.
    seed
        Of the run.

    Raises
    ------
    InputError
        For settings without a meaning.
    """
    common = {
        "seed": seed,
        "chains": settings["chains"],
        "draws": settings["draws"],
        "certificate": Thresholds(**settings["certificate"]),
    }
    if settings["sampler"] == TRAJECTORIES:
        return SiteOptions(
            sampler=HmcSettings(
                chains=settings["chains"],
                approach=settings["warm_up"][0],
                windows=tuple(settings["warm_up"][1:]),
                **settings["integration"],
                searches=settings["searches"],
                components=settings["components"],
            ),
            errors=ErrorSettings(
                ERROR_MODELS[settings["error_model"]],
                settings["estimated"],
                float(settings["relative_error"]),
                float(settings["spread"]),
            ),
            rounds=RoundSettings(min(RoundSettings.first, settings["budget"]), settings["budget"]),
            **common,
        )
    walk = PRESETS[settings["sampler"]]._replace(
        test_steps=settings["test_steps"],
        steps=settings["steps"],
        tempered_stages=settings["tempered_stages"],
    )
    if "acceptance_window" in settings:
        low, high = settings["acceptance_window"]
        walk = walk._replace(min_acceptance=low, max_acceptance=high)
    return SiteOptions(sampler=checked_settings(walk), burn_in=float(settings["burn_in"]), **common)
