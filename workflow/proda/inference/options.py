"""From the configuration to the settings of the samplers."""

from collections.abc import Mapping
from typing import Any

from proda.inference.certificate import Thresholds
from proda.inference.metropolis import PRESETS, checked_settings
from proda.inference.site import SiteOptions

__all__ = ["ONE_BATCH_STAGES", "make_options", "sampler_settings"]


# The posterior of all profiles at once is far too sharp to be found from the prior.
ONE_BATCH_STAGES = 10


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
    common: dict[str, Any] = {
        "preset": section["sampler"],
        "chains": section["chains"],
        "burn_in": section["burn_in"],
        "certificate": dict(section["certificate"]),
    }
    # Only a uniform test run is tuned into the window; elsewhere it is a threshold for the result.
    if PRESETS[section["sampler"]].uniform_test_run:
        common["acceptance_window"] = section["acceptance_window"]
    steps = ("test_steps", "steps")
    stages_of = {"site": 0, "one_batch": ONE_BATCH_STAGES}
    return {
        run: common
        | {"draws": section[run]["draws"]}
        | {name: section[run][name] for name in steps}
        | {"tempered_stages": stages}
        for run, stages in stages_of.items()
    }


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
    sampler = PRESETS[settings["preset"]]._replace(
        test_steps=settings["test_steps"],
        steps=settings["steps"],
        tempered_stages=settings["tempered_stages"],
    )
    if "acceptance_window" in settings:
        low, high = settings["acceptance_window"]
        sampler = sampler._replace(min_acceptance=low, max_acceptance=high)
    return SiteOptions(
        sampler=checked_settings(sampler),
        seed=seed,
        chains=settings["chains"],
        burn_in=float(settings["burn_in"]),
        draws=settings["draws"],
        certificate=Thresholds(**settings["certificate"]),
    )
