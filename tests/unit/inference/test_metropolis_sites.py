"""The sampler on targets of profiles: its prior, one posterior in both spaces, the same bits."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from known_targets import MAX_ERRORS, MIN_P, min_p_value
from proda.inference.convergence import diagnose
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS
from proda.inference.targets import batch_target, site_target, to_theta
from site_cases import INPUT_FRACTIONS, MODEL, fraction_sum, observe, random_forcing

D = len(MODEL.parameters)


def constrained_fraction(k):
    """Prior distribution of a normalised input fraction, by quadrature over the polytope."""
    low, high = (
        getattr(MODEL.parameters, side)[INPUT_FRACTIONS] for side in ("minimum", "maximum")
    )
    others = [i for i in range(3) if i != k]

    def room(theta):
        """Fraction of the square of the other two whose sum admits this one."""
        left = 1.0 - (low[k] + theta * (high[k] - low[k])) - low[others].sum()
        a, b = (high - low)[others]
        cut = [max(left - c, 0.0) ** 2 for c in (0.0, a, b, a + b)]
        return (cut[0] - cut[1] - cut[2] + cut[3]) / (2.0 * a * b)

    node = np.linspace(0.0, 1.0, 2001)
    cumulative = integrate.cumulative_simpson([room(t) for t in node], x=node, initial=0.0)
    return lambda theta: np.interp(theta, node, cumulative / cumulative[-1])


def profile(seed):
    rng = np.random.default_rng(seed)
    forcing = random_forcing(rng, 1)
    return MODEL.columns(forcing)[0], observe(rng, forcing, "unit")


def draw(column, seen, sampler, chains=3):
    """theta (chains, steps, d)."""
    target = site_target(MODEL, column, seen, sampler.transformed)
    return np.stack(
        [
            to_theta(
                run_chain(target, D, sampler, np.random.default_rng([5, c])).draws,
                sampler.transformed,
            )
            for c in range(chains)
        ]
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_without_information_draws_are_the_prior(preset):
    # Weights of zero: the posterior is the prior, uniform but for the sum of the input fractions.
    column, seen = profile(1)
    seen = type(seen)(seen.operator, seen.value, seen.sigma, 0.0 * seen.weight)
    draws = draw(column, seen, PRESETS[preset]._replace(steps=150_000))[:, ::20]
    assert np.all(fraction_sum(draws) < 1.0)
    marginals = [stats.uniform.cdf] * D
    for k, slot in enumerate(INPUT_FRACTIONS):
        marginals[slot] = constrained_fraction(k)
    assert min_p_value(draws, marginals) > MIN_P
    # The marginals of the fractions differ from uniform ones: the constraint has an effect.
    assert min_p_value(draws[..., INPUT_FRACTIONS], [stats.uniform.cdf] * 3) < MIN_P


@pytest.mark.parametrize("seed", [2, 3])
def test_both_spaces_give_one_posterior(seed):
    column, seen = profile(seed)
    draws = [
        draw(column, seen, PRESETS[name]._replace(steps=steps))[:, steps // 10 :: 20]
        for name, steps in (("adaptive-metropolis", 200_000), ("paper", 800_000))
    ]
    diagnoses = [diagnose(d) for d in draws]
    assert min(d.ess_bulk.min() for d in diagnoses) > 100
    error = np.hypot(*(d.mcse_mean for d in diagnoses))
    means = [d.mean(axis=(0, 1)) for d in draws]
    assert np.max(np.abs(means[0] - means[1]) / error) < MAX_ERRORS


PROCESS = """
import sys
import conftest, numpy as np
from test_metropolis_sites import digest
print(digest(sys.argv[1]))
"""


def digest(preset):
    """First 16 hexadecimal digits of the SHA-256 of a short chain of a profile and of a batch."""
    column, seen = profile(7)
    sampler = PRESETS[preset]._replace(test_steps=1_000, steps=1_000)
    targets = (
        site_target(MODEL, column, seen, sampler.transformed),
        batch_target(MODEL, column[None], [seen], sampler.transformed),
    )
    bits = hashlib.sha256()
    for target in targets:
        chain = run_chain(target, D, sampler, np.random.default_rng(3))
        bits.update(chain.draws.tobytes() + chain.log_density.tobytes())
    return bits.hexdigest()[:16]


def test_another_process_draws_the_same_bits():
    tests = Path(__file__).parents[2]
    folders = [tests, tests / "support", tests.parent / "workflow", Path(__file__).parent]
    path = os.pathsep.join(map(str, folders))
    for preset in PRESETS:
        printed = subprocess.run(
            [sys.executable, "-c", PROCESS, preset],
            env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "1"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert printed.strip() == digest(preset)
