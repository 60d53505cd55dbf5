"""From a configuration to the errors that a run assumes."""

from dataclasses import asdict, replace

import pytest

from proda.config.sections.assimilation import ASSIMILATION_PRESETS
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import LOGNORMAL, RELATIVE
from proda.inference.options import make_options, sampler_settings

# Estimated with a log-normal prior about the stated error, with a log-uniform prior, and fixed.
STATED = ErrorSettings(LOGNORMAL, True, 0.3, 0.35)
UNKNOWN = ErrorSettings(LOGNORMAL, True, 0.3, 0.0)
FIXED = ErrorSettings(LOGNORMAL, False, 0.3, 0.0)


@pytest.mark.parametrize(
    ("changes", "site", "one_batch"),
    [
        ({}, STATED, UNKNOWN),
        ({"error_spread": 0.2}, STATED._replace(spread=0.2), UNKNOWN),
        ({"error_prior": "log_uniform"}, UNKNOWN, UNKNOWN),
        ({"estimate_error": "one_batch"}, FIXED, UNKNOWN),
        ({"estimate_error": "none"}, FIXED, FIXED),
    ],
)
def test_a_profile_is_close_to_the_stated_error_and_one_batch_is_not(changes, site, one_batch):
    section = ASSIMILATION_PRESETS["recommended"]
    section = replace(section, likelihood=replace(section.likelihood, **changes))
    settings = sampler_settings(asdict(section))
    assert make_options(settings["site"], 1).errors == site
    assert make_options(settings["one_batch"], 1).errors == one_batch


def test_the_study_has_the_stated_error():
    settings = sampler_settings(asdict(ASSIMILATION_PRESETS["study"]))
    for run in ("site", "one_batch"):
        assert make_options(settings[run], 1).errors == ErrorSettings(RELATIVE, False, 0.3, 0.0)
