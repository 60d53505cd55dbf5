"""Profiles that are not certified start anew, with tempered copies of their chains."""

from types import SimpleNamespace

import numpy as np

from proda.inference import site_group
from proda.inference.hmc_settings import HmcSettings
from proda.inference.rounds import Finished, RoundSettings
from proda.inference.site import SiteOptions


def finished(certified):
    certificate = SimpleNamespace(certified=certified)
    empty = np.empty(0)
    return Finished(empty, empty, certificate, empty, 1, empty, 0, 0.1, 8)


def test_only_profiles_without_certificate_start_anew_from_streams_of_their_own(monkeypatch):
    attempts = []

    def attempt(model, sites, options, first_stream):
        attempts.append((list(sites), options, first_stream))
        for site in sites:
            levels = options.sampler.levels
            yield site, None if site == "no start" else finished(site == "easy" or levels > 1)

    monkeypatch.setattr(site_group, "_attempt", attempt)
    options = SiteOptions(
        sampler=HmcSettings(), chains=4, rounds=RoundSettings(first=100, budget=800)
    )
    found = dict(site_group._sample(None, ["hard", "no start", "easy"], options))
    assert list(found) == ["no start", "easy", "hard"] and found["no start"] is None
    (all_sites, first, stream), (hard, second, other) = attempts
    assert all_sites == ["hard", "no start", "easy"] and hard == ["hard"]
    assert first.sampler.levels == 1 and second.sampler.levels == site_group.LEVELS > 1
    # A fit draws with the stream that follows those of its chains.
    assert stream == 0 and other > options.chains
    assert second.rounds.budget == 800, "never more than the budget of the configuration"
