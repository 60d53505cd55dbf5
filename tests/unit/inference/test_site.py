"""The posterior of one profile: every number from its definition, and what cannot be fitted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from posterior_cases import OPTIONS, SHORT, altered, profile
from proda.errors import InputError
from proda.inference import gev, site_group
from proda.inference.certificate import STOCKS
from proda.inference.convergence import diagnose
from proda.inference.observations_file import FIELDS
from proda.inference.sampler import Chain
from proda.inference.site import Status, describe_walk, run_chains
from proda.inference.site_group import Site, assimilate_site
from proda.inference.targets import to_theta
from proda.streams import named_stream
from site_cases import MODEL


def fit(column, seen, name="P1", options=OPTIONS):
    return assimilate_site(MODEL, Site(name, lambda: column, lambda: seen), options)


@pytest.fixture(scope="module")
def case():
    """Column, observations, posterior and the draws after burn-in of one profile."""
    column, seen = profile(1)
    chains = run_chains(MODEL, "P1", column, seen, OPTIONS)
    theta = to_theta(np.stack([chain.draws for chain in chains])[:, 200:], True)
    return column, seen, fit(column, seen), theta


# --- the numbers ---------------------------------------------------------------------------------


def test_draws_are_thinned_evenly_from_the_drawn_chain(case):
    _, _, posterior, theta = case
    assert posterior.status == Status.FITTED and posterior.reason == ""
    of_chain = theta[posterior.values["drawn_chain"]]
    places = np.round(np.linspace(0, 199, 50)).astype(int)
    assert np.diff(places).min() >= 3
    np.testing.assert_array_equal(posterior.values["theta"], of_chain[places])
    assert ((posterior.values["theta"] >= 0) & (posterior.values["theta"] <= 1)).all()


def test_moments_and_mode_are_those_of_the_drawn_chain(case):
    _, _, posterior, theta = case
    values = posterior.values
    of_chain = theta[values["drawn_chain"]]
    np.testing.assert_allclose(values["mean"], of_chain.sum(axis=0) / 200, rtol=1e-12)
    variance = ((of_chain - of_chain.mean(axis=0)) ** 2).sum(axis=0) / 199
    np.testing.assert_allclose(values["standard_deviation"] ** 2, variance, rtol=1e-12)
    expected = gev.fit(of_chain)
    for name in ("location", "scale", "shape", "status"):
        np.testing.assert_array_equal(values[f"gev_{name}"], getattr(expected, name))
    np.testing.assert_array_equal(values["mode"], expected.mode)


def test_diagnostics_are_those_of_all_chains_after_burn_in(case):
    _, _, posterior, theta = case
    expected = diagnose(theta)
    for name in ("gelman_rubin", "rhat", "ess_bulk", "ess_tail"):
        np.testing.assert_array_equal(posterior.values[name], getattr(expected, name))
    np.testing.assert_array_equal(posterior.values["mcse"], expected.relative_mcse)
    assert posterior.values["acceptance"].shape == (3,)
    assert posterior.values["draws_per_chain"] == 200


def test_stocks_of_all_draws_are_described_and_judged(case):
    column, _, posterior, theta = case
    values = posterior.values
    depth = np.array([0.0, *np.cumsum(MODEL.grid.thickness)])
    within = np.diff(np.minimum(depth, np.array([[0.3], [1.0], [2.0]])), axis=1)
    pools = MODEL.steady_state_in(MODEL.physical(theta.reshape(-1, 25)), column[None])
    stocks = (pools[:, 4:].sum(axis=1) @ within.T / 1000).reshape(3, 200, 3)
    np.testing.assert_allclose(values["stock_mean"], stocks.mean(axis=(0, 1)), rtol=1e-8)
    deviation = stocks.reshape(-1, 3).std(axis=0, ddof=1)
    np.testing.assert_allclose(values["stock_standard_deviation"], deviation, rtol=1e-8)
    quantiles = np.quantile(stocks, (0.05, 0.25, 0.5, 0.75, 0.95), axis=(0, 1)).T
    np.testing.assert_allclose(values["stock_quantile"], quantiles, rtol=1e-8)
    expected = diagnose(stocks)
    np.testing.assert_allclose(values["stock_rhat"], expected.rhat, rtol=1e-9)
    assert values["certified"] == 0 and values["max_rhat"] == max(
        values["rhat"].max(), values["stock_rhat"].max()
    )
    assert values["failed_quantity"] in (*MODEL.parameters.names, *STOCKS)


def test_contraction_is_what_the_data_took_from_the_prior(case):
    values = case[2].values
    fractions = [name.startswith("input_to") for name in MODEL.parameters.names]
    left = values["standard_deviation"] / (1 - values["contraction"])
    np.testing.assert_allclose(left[~np.array(fractions)], 1 / np.sqrt(12), rtol=1e-12)
    assert (left[fractions] < 1 / np.sqrt(12)).all()  # their prior is truncated


def test_profile_r2_and_rmse_by_hand(case):
    column, seen, posterior, _ = case
    values = posterior.values
    soc = np.array(
        [
            MODEL.soc(MODEL.steady_state_in(MODEL.physical(draw[None]), column[None]))[0]
            for draw in values["theta"]
        ]
    )
    predicted = np.array([[row @ x for row in seen.operator] for x in soc])
    squares = sum((p - o) ** 2 for p, o in zip(predicted.mean(axis=0), seen.value, strict=True))
    centre = sum(seen.value) / len(seen.value)
    assert values["rmse"] == pytest.approx(np.sqrt(squares / len(seen.value)), rel=1e-12)
    total = sum((o - centre) ** 2 for o in seen.value)
    assert values["r2"] == pytest.approx(1.0 - squares / total, rel=1e-12)


# --- random numbers ------------------------------------------------------------------------------


def same(a, b):
    return all(np.array_equal(a.values[name], b.values[name]) for name in a.values)


def test_draws_depend_on_seed_and_identifier_only(case):
    column, seen, posterior, _ = case
    fit(*profile(2), "P2")
    assert same(fit(column, seen), posterior)
    assert not same(fit(column, seen, "P2"), posterior)
    assert not same(fit(column, seen, options=replace(OPTIONS, seed=2021)), posterior)


def test_every_chain_is_drawn_about_as_often():
    choices = [named_stream(2020, f"P{i}", 3).integers(3) for i in range(600)]
    assert (np.abs(np.bincount(choices) - 200) < 5 * np.sqrt(600 * 2 / 9)).all()


# --- what cannot be fitted, and what looks as if it could not -----------------------------------


def test_a_million_times_the_carbon_is_no_exception():
    column, seen = profile(1)
    posterior = fit(column, altered(seen, value=1e6 * seen.value, sigma=1e6 * seen.sigma))
    assert posterior.status == Status.FITTED
    assert posterior.values["r2"] < 0.0
    assert np.isfinite(posterior.values["rmse"])


def test_two_horizons_at_one_depth():
    column, seen = profile(1)
    rows = [0, 0]
    values = np.array([1.0, 3.0]) * seen.value[0]
    twice = altered(
        seen,
        operator=seen.operator[rows],
        value=values,
        sigma=seen.sigma[rows],
        weight=seen.weight[rows],
        absolute=seen.absolute[rows],
        censored=seen.censored[rows],
    )
    posterior = fit(column, twice)
    assert posterior.status == Status.FITTED
    # One prediction for two values: the best is their mean.
    assert posterior.values["rmse"] >= seen.value[0] * (1 - 1e-12)
    # The same value twice as well: there is no variance to explain.
    posterior = fit(column, altered(twice, value=np.full(2, seen.value[0])))
    assert posterior.status == Status.FITTED and np.isnan(posterior.values["r2"])


def part(seen, n):
    return altered(seen, **{name: getattr(seen, name)[:n] for name in FIELDS})


def refuse(error):
    def load():
        raise error

    return load


@pytest.mark.parametrize(
    ("n", "fragment"), [(1, "at least two horizons, found 1"), (0, "at least two horizons")]
)
def test_a_single_horizon_that_slipped_through(n, fragment):
    column, seen = profile(1)
    posterior = fit(column, part(seen, n))
    assert posterior.status == Status.INVALID_OBSERVATIONS
    assert fragment in posterior.reason
    assert posterior.values == {}


@pytest.mark.parametrize(
    "error", [InputError("value[2]", "finite values", "nan"), ValueError("x"), ZeroDivisionError()]
)
def test_what_cannot_be_read_is_a_status_with_its_reason(error):
    column, seen = profile(1)
    observations = assimilate_site(MODEL, Site("P1", lambda: column, refuse(error)), OPTIONS)
    assert observations.status == Status.INVALID_OBSERVATIONS
    forcing = assimilate_site(MODEL, Site("P1", refuse(error), lambda: seen), OPTIONS)
    assert forcing.status == Status.INVALID_FORCING
    assert observations.reason == forcing.reason == str(error)


def test_a_bug_is_no_property_of_a_profile():
    column, _ = profile(1)
    with pytest.raises(TypeError):
        assimilate_site(MODEL, Site("P1", lambda: column, refuse(TypeError("bug"))), OPTIONS)


def test_forcing_without_a_solution_has_no_starting_point():
    column, seen = profile(1)
    posterior = fit(np.full_like(column, np.nan), seen)
    assert posterior.status == Status.NO_STARTING_POINT
    assert "parameter set of positive density" in posterior.reason


def test_values_beyond_all_numbers_have_no_starting_point():
    column, seen = profile(1)
    posterior = fit(column, altered(seen, value=np.full_like(seen.value, 1e200)))
    assert posterior.status == Status.NO_STARTING_POINT


def test_too_few_draws_for_a_diagnosis_are_a_status():
    column, seen = profile(1)
    options = replace(OPTIONS, sampler=SHORT._replace(steps=6), draws=3)
    posterior = fit(column, seen, options=options)
    assert posterior.status == Status.FAILED
    assert "at least 1 chain of 4 iterations, found 3" in posterior.reason


def test_chains_that_stand_still_are_no_posterior(monkeypatch):
    def nailed(*arguments):
        return [
            chain._replace(draws=chain.draws * 0 + chain.draws[0])
            for chain in run_chains(*arguments)
        ]

    monkeypatch.setattr(site_group, "run_chains", nailed)
    posterior = fit(*profile(1))
    assert posterior.status == Status.FAILED and not posterior.values
    assert "P1, chains after burn-in: expected chains that move, found 3 of 3" in posterior.reason
    assert "an infinite R-hat of 25 of 25 parameters" in posterior.reason
    assert "profiles.detection_limit" in posterior.reason


def test_a_drawn_chain_that_stands_still_is_no_posterior(case):
    def describe(theta):
        chains = [Chain(ndtri(draws), np.zeros(len(draws)), 0.3, 0.3, 1.0) for draws in theta]
        return describe_walk(MODEL, chains, "P1", case[0][None], replace(OPTIONS, burn_in=0.0))

    theta = case[3].copy()
    drawn = case[2].values["drawn_chain"]
    other = theta.copy()
    theta[drawn] = theta[drawn, :1]
    with pytest.raises(InputError, match=r"chains that move, found 1 of 3 that stand still \("):
        describe(theta)
    other[drawn - 1] = other[drawn - 1, :1]
    assert np.isfinite(describe(other)["rhat"]).all()
    parameter = case[3].copy()
    parameter[:, :, 4] = 0.5
    with pytest.raises(InputError, match="found 0 of 3 that stand still"):
        describe(parameter)
