"""Settings of the random walks, their presets, and which settings have a meaning."""

from typing import NamedTuple

from proda.config.sections.assimilation import ASSIMILATION_PRESETS, AssimilationSettings
from proda.errors import InputError, number_text

__all__ = ["PRESETS", "MetropolisSettings", "checked_settings"]


class MetropolisSettings(NamedTuple):
    """Settings of a chain; the defaults are those of ``adaptive-metropolis``."""

    transformed: bool = True  # sample x = Phi^-1(theta), not theta itself
    test_steps: int = AssimilationSettings.site.test_steps
    steps: int = AssimilationSettings.site.steps
    uniform_test_run: bool = False
    tempered_stages: int = 0  # of the first half of the test run, for very sharp posteriors
    step_divisor: float = 5.0  # D of the uniform proposal
    adapt_from: int = 0  # t0, the step of the formal run from which its history counts
    renew_every: int = 100  # steps between renewals of the covariance
    epsilon: float = 1e-6
    min_acceptance: float = ASSIMILATION_PRESETS["paper"].acceptance_window[0]
    max_acceptance: float = ASSIMILATION_PRESETS["paper"].acceptance_window[1]


PRESETS = {
    "adaptive-metropolis": MetropolisSettings(),
    "paper": MetropolisSettings(transformed=False, uniform_test_run=True, adapt_from=4_000),
}


def checked_settings(settings: MetropolisSettings) -> MetropolisSettings:
    """Return the settings in the types of the defaults, for which the kernels are compiled.

    Raises
    ------
    InputError
        Names the first setting without a meaning.
    """
    kinds = MetropolisSettings._field_defaults
    settings = MetropolisSettings(*(type(kinds[name])(x) for name, x in settings._asdict().items()))
    for name, minimum in (
        ("steps", 1),
        ("test_steps", 0),
        ("renew_every", 1),
        ("adapt_from", 0),
        ("tempered_stages", 0),
    ):
        if getattr(settings, name) < minimum:
            raise InputError(name, f"at least {minimum}", str(getattr(settings, name)))
    for name in ("step_divisor", "epsilon"):
        if not getattr(settings, name) > 0.0:
            raise InputError(name, "a positive number", number_text(getattr(settings, name)))
    return settings
