"""From the configuration to the settings of the samplers."""

from proda.inference.metropolis import PRESETS, checked_settings
from proda.inference.site import SiteOptions

__all__ = ["make_options", "sampler_settings"]


# The posterior of all profiles at once is far too sharp to be found from the prior.
ONE_BATCH_STAGES = 10


def sampler_settings(section):
    """Settings of the site-by-site and the one-batch runs, as plain values.

    section: the configuration's ``assimilation``. Returns {"site": ..., "one_batch": ...} of dicts
    that ``make_options`` understands; a rule that has one as parameter runs again if it changes.
    """
    common = {
        "preset": section["sampler"],
        "chains": section["chains"],
        "burn_in": section["burn_in"],
        "acceptance_window": section["acceptance_window"],
        "greatest_rhat": section["greatest_rhat"],
    }
    steps = ("test_steps", "steps")
    return {
        run: common
        | {"draws": section[run]["draws"]}
        | {name: section[run][name] for name in steps}
        for run in ("site", "one_batch")
    }


def make_options(settings, seed):
    """SiteOptions of ``sampler_settings`` and the seed. Raises InputError for useless settings."""
    least, greatest = settings["acceptance_window"]
    sampler = PRESETS[settings["preset"]]._replace(
        test_steps=settings["test_steps"],
        steps=settings["steps"],
        least_acceptance=least,
        greatest_acceptance=greatest,
        tempered_stages=settings["tempered_stages"],
    )
    return SiteOptions(
        sampler=checked_settings(sampler),
        seed=seed,
        chains=settings["chains"],
        burn_in=float(settings["burn_in"]),
        draws=settings["draws"],
        greatest_rhat=float(settings["greatest_rhat"]),
    )
