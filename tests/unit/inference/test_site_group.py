"""Profiles side by side: rounds, company, degenerate input."""

from dataclasses import replace

import numpy as np
import pytest

from posterior_cases import TRAJECTORIES, altered, profile
from proda.inference import site_group
from proda.inference.certificate import Thresholds
from proda.inference.observations import Observations
from proda.inference.rounds import RoundSettings
from proda.inference.site import Status, fit_of_draws, judge_draws
from proda.inference.site_group import Site, assimilate_site, assimilate_sites, trace_site
from proda.model.slots import INPUT_FRACTION_NAMES
from site_cases import MODEL

OPTIONS = replace(TRAJECTORIES, errors=TRAJECTORIES.errors._replace(estimated=False))
# Limits that few draws hold, and some do not.
LOOSE = Thresholds(rhat=1.2, ess=25.0, mcse=0.4)


def site(seed, **changes):
    column, seen = profile(seed)
    return Site(f"P{seed}", lambda: column, lambda: altered(seen, **changes))


def fitted(sites, options=OPTIONS):
    """Posteriors in the order of the sites."""
    return [posterior for _, posterior in sorted(assimilate_sites(MODEL, sites, options))]


def same(a, b):
    assert (a.profile_id, a.status, a.reason) == (b.profile_id, b.status, b.reason)
    assert a.values.keys() == b.values.keys()
    for name, value in a.values.items():
        np.testing.assert_array_equal(value, b.values[name], err_msg=name)


def test_a_profile_is_the_same_alone_and_in_any_company(monkeypatch):
    options = replace(OPTIONS, certificate=LOOSE, rounds=RoundSettings(60, 240))
    sites = [site(seed) for seed in range(1, 7)]
    together = fitted(sites, options)
    # Some have left before others, so that the lanes were taken apart.
    assert len({posterior.values["draws_per_chain"] for posterior in together}) > 1
    for alone, company in zip(sites, together, strict=True):
        same(assimilate_site(MODEL, alone, options), company)
    monkeypatch.setattr(site_group, "TOGETHER", 2)
    for one, company in zip(fitted(sites[::-1], options)[::-1], together, strict=True):
        same(one, company)


def test_draws_go_on_until_the_certificate_holds_or_the_budget_is_used_up():
    draws = {}
    for budget in (20, 40, 80):
        options = replace(OPTIONS, rounds=RoundSettings(20, budget))
        draws[budget] = trace_site(MODEL, site(1), options)[0]
        assert draws[budget].shape == (4, budget, len(MODEL.parameters))
        found = fitted([site(1)], options)[0].values
        assert found["draws_per_chain"] == budget and found["certified"] == 0
    # Rounds go on where the one before ended.
    np.testing.assert_array_equal(draws[80][:, :40], draws[40])
    # Of 20 draws some quantiles have no estimate of their effective sample size.
    easy = replace(OPTIONS, certificate=Thresholds(100.0, 1.0, 1e3), rounds=RoundSettings(40, 80))
    assert fitted([site(1)], easy)[0].values["draws_per_chain"] == 40


def test_description_is_that_of_all_chains_together():
    column, seen = profile(1)
    posterior = fitted([site(1)])[0].values
    theta, burn_in = trace_site(MODEL, site(1), OPTIONS)
    assert burn_in == 0.0
    pooled = theta.reshape(-1, theta.shape[-1])
    np.testing.assert_array_equal(posterior["mean"], pooled.mean(axis=0))
    np.testing.assert_array_equal(posterior["standard_deviation"], pooled.std(axis=0, ddof=1))
    places = np.linspace(0, len(pooled) - 1, 50).round().astype(int)
    np.testing.assert_array_equal(posterior["theta"], pooled[places])
    assert "drawn_chain" not in posterior and posterior["acceptance"].shape == (4,)
    fit = fit_of_draws(MODEL, pooled[places], column, seen)
    assert {name: posterior[name] for name in fit} == fit


def test_an_estimated_relative_error_is_judged_and_kept():
    posterior = fitted([site(1)], TRAJECTORIES)[0].values
    assert posterior["relative_error"].shape == (50,)
    assert ((posterior["relative_error"] > 0.05) & (posterior["relative_error"] < 3.0)).all()
    assert posterior["mean"].shape == (len(MODEL.parameters),)
    x = np.random.default_rng(1).uniform(-1.0, 1.0, (4, 100, len(MODEL.parameters) + 1))
    x[..., [MODEL.parameters.index(name) for name in INPUT_FRACTION_NAMES]] -= 1.0
    x[..., -1] = np.arange(4)[:, None] + 0.01 * x[..., -1]
    found, _ = judge_draws(MODEL, x, profile(1)[0][None], Thresholds())
    assert found.failed == "relative_error"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"value": np.zeros(4)}, Status.INVALID_OBSERVATIONS),
        ({"value": np.full(4, np.nan)}, Status.INVALID_OBSERVATIONS),
        ({"sigma": np.zeros(4)}, Status.INVALID_OBSERVATIONS),
        ({"operator": np.full((4, 10), -1.0)}, Status.NO_STARTING_POINT),
        ({"operator": np.zeros((4, 10))}, Status.NO_STARTING_POINT),
        ({"value": np.full(4, 1e100)}, None),
        ({"value": np.full(4, 1e-300)}, None),
        ({"value": np.full(4, 2e4)}, Status.FITTED),
    ],
    ids=["no carbon", "nan", "sigma 0", "SOC < 0", "SOC = 0", "huge", "tiny", "identical"],
)
def test_degenerate_input_is_a_status_and_leaves_others_alone(changes, status):
    column, seen = profile(1)
    fields = {"operator": np.tile(seen.operator[:1], (4, 1)), "value": np.full(4, 2e4)}
    fields |= {"sigma": np.full(4, 6e3), "weight": np.ones(4)}
    odd = Site("odd", lambda: column, lambda: Observations(**(fields | changes)))
    others = [site(2), site(3)]
    found = fitted([others[0], odd, others[1]])
    # Whether chains get anywhere with absurd values is theirs to say; a reason is needed if not.
    assert found[1].status == status or status is None
    assert (found[1].status == Status.FITTED) == (found[1].reason == "")
    for one, expected in zip((found[0], found[2]), fitted(others), strict=True):
        same(one, expected)


def test_columns_without_a_solution_have_no_starting_point():
    column, seen = profile(1)
    found = fitted([Site("P1", lambda: np.full_like(column, np.nan), lambda: seen), site(2)])
    assert found[0].status == Status.NO_STARTING_POINT
    assert "parameter set of positive density for every chain" in found[0].reason
    same(found[1], fitted([site(2)])[0])
