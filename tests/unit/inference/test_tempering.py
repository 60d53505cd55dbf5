"""The tempered test run: powers of the likelihood alone, and finding what a plain run misses."""

import numpy as np
import pytest

from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.observations import Observations
from proda.inference.targets import batch_target, evaluate, site_target
from site_cases import MODEL, observe, random_forcing

D = len(MODEL.parameters)


@pytest.fixture
def profiles():
    rng = np.random.default_rng(5)
    forcing = random_forcing(rng, 12)
    observed = [observe(rng, forcing.take([i])) for i in range(12)]
    return MODEL.columns(forcing), observed


def test_a_power_scales_the_likelihood_and_leaves_the_prior(profiles):
    columns, observed = profiles
    x = np.random.default_rng(0).normal(size=(20, D)) * 0.3
    prior = -0.5 * (x**2).sum(axis=1)
    for target in (
        site_target(MODEL, columns[0], observed[0]),
        batch_target(MODEL, columns, observed),
    ):
        full = np.array([evaluate(row, target) for row in x])
        part = np.array([evaluate(row, target.at_power(0.01)) for row in x])
        inside = np.isfinite(full)
        assert inside.sum() > 5 and (inside == np.isfinite(part)).all()
        np.testing.assert_allclose((part - prior)[inside], 0.01 * (full - prior)[inside], rtol=1e-9)


def test_chains_on_a_sharp_posterior_meet_when_tempered(profiles):
    columns, observed = profiles
    sharp = [
        Observations(seen.operator, seen.value, seen.sigma / 10.0, seen.weight) for seen in observed
    ]
    target = batch_target(MODEL, columns, sharp)

    def ends(stages):
        sampler = MetropolisSettings(test_steps=12_000, steps=2_000, tempered_stages=stages)
        chains = [run_chain(target, D, sampler, np.random.default_rng(seed)) for seed in range(4)]
        return np.array([chain.log_density[-500:].mean() for chain in chains])

    plain, tempered = ends(0), ends(10)
    assert tempered.mean() > plain.mean()
    assert np.ptp(tempered) < 0.5 * np.ptp(plain)
