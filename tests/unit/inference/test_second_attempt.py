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


def attempts_of(monkeypatch, budget):
    """What becomes of three profiles with a budget, and the attempts at them."""
    attempts = []

    def attempt(model, sites, options, first_stream):
        attempts.append((list(sites), options, first_stream))
        for site in sites:
            levels = options.sampler.levels
            yield site, None if site == "no start" else finished(site == "easy" or levels > 1)

    monkeypatch.setattr(site_group, "_attempt", attempt)
    options = SiteOptions(
        sampler=HmcSettings(), chains=4, rounds=RoundSettings(first=100, budget=budget)
    )
    return dict(site_group._sample(None, ["hard", "no start", "easy"], options)), attempts


def test_only_profiles_without_certificate_start_anew_from_streams_of_their_own(monkeypatch):
    found, attempts = attempts_of(monkeypatch, 1_600)
    assert list(found) == ["no start", "easy", "hard"] and found["no start"] is None
    (all_sites, first, stream), (hard, second, other) = attempts
    assert all_sites == ["hard", "no start", "easy"] and hard == ["hard"]
    assert first.sampler.levels == 1 and second.sampler.levels == site_group.LEVELS > 1
    # A fit draws with the stream that follows those of its chains.
    assert stream == 0 and other > 4
    assert second.rounds.budget == 1_600, "never more than the budget of the configuration"


def test_budget_below_a_round_of_tempered_chains_keeps_the_first_attempt(monkeypatch):
    found, attempts = attempts_of(monkeypatch, site_group.TEMPERED_FIRST - 1)
    assert list(found) == ["hard", "no start", "easy"] and len(attempts) == 1
    assert not found["hard"].certificate.certified
