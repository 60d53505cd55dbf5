"""Convergence of the presets on twin-like profiles, and whether they find one posterior.

    python benchmarks/samplers.py [--profiles 200] [--agreement 10] [--json]

Observations have sigma of 0.3 times the observed value and the weights of the study, and settings
are the study's: 3 chains x (20,000 + 30,000). For the agreement both presets run until every
parameter has 200 effective draws (at most 4 million steps), and the difference of their means is
given in standard errors: all profiles and parameters should look like a standard normal.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_forcing, draw_theta, observe

from proda.inference.convergence import diagnose
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS
from proda.inference.targets import site_target, to_theta

CHAINS = 3
MIN_ESS = 200
LONGEST = 4_000_000


def make_profile(profile):
    """Prepared column and Observations: 30 % noise, sigma = 0.3 x observed, as in the study."""
    rng = np.random.default_rng([7, profile])
    forcing, truth = draw_forcing(rng), draw_theta(rng)
    seen, _ = observe(rng, forcing, truth, 1.0, "study")
    soc = MODEL.soc(MODEL.steady_state(truth, forcing))[0]
    value = np.abs(seen.operator @ soc) * np.exp(0.3 * rng.normal(size=len(seen.value)))
    return MODEL.columns(forcing)[0], replace(seen, value=value, sigma=0.3 * value)


def sample(profile, sampler, keep=15_000):
    """theta (chains, at most keep, d) of the second half, acceptances, and seconds of sampling."""
    target = site_target(MODEL, *make_profile(profile), sampler.transformed)
    start = process_time()
    chains = []
    for c in range(CHAINS):
        chain = run_chain(
            target, len(MODEL.parameters), sampler, np.random.default_rng([profile, c])
        )
        half = chain.draws[sampler.steps // 2 :]
        chains.append((half[:: -(-len(half) // keep)].copy(), chain.acceptance))
    seconds = process_time() - start
    draws = to_theta(np.stack([x for x, _ in chains]), sampler.transformed)
    return draws, [a for _, a in chains], seconds


def convergence(preset, profiles):
    sample(0, PRESETS[preset])  # compiles
    rhat, min_ess, acceptance, seconds = [], [], [], 0.0
    for profile in range(profiles):
        draws, accepted, spent = sample(profile, PRESETS[preset])
        result = diagnose(draws)
        rhat.append(result.rhat)
        min_ess.append(result.ess_bulk.min())
        acceptance.append(accepted)
        seconds += spent
    rhat, acceptance = np.array(rhat), np.array(acceptance)
    window = (acceptance >= 0.15) & (acceptance <= 0.50)
    return {
        "rhat_below_1.01": round(float((rhat < 1.01).mean()), 3),
        "rhat_below_1.05": round(float((rhat < 1.05).mean()), 3),
        "profiles_all_below_1.05": round(float((rhat < 1.05).all(axis=1).mean()), 3),
        "median_of_min_ess": round(float(np.median(min_ess)), 1),
        "min_ess_per_second": round(float(np.median(min_ess)) * profiles / seconds, 1),
        "acceptance_quantiles_5_50_95": np.quantile(acceptance, [0.05, 0.5, 0.95])
        .round(3)
        .tolist(),
        "profiles_in_acceptance_window": round(float(window.all(axis=1).mean()), 3),
        "seconds_per_profile": round(seconds / profiles, 3),
    }


def long_run(profile, preset, steps):
    """Draws of runs of growing length until they are worth enough."""
    while True:
        sampler = PRESETS[preset]._replace(steps=steps, test_steps=steps // 5)
        draws, _, _ = sample(profile, sampler, keep=20_000)
        result = diagnose(draws)
        enough = result.ess_bulk.min() >= MIN_ESS and result.rhat.max() < 1.02
        if enough or steps * 4 > LONGEST:
            return draws, result, steps, bool(enough)
        steps *= 4


def agreement(profiles):
    z, lengths, missed = [], [], []
    for profile in range(profiles):
        a, da, _, enough = long_run(profile, "adaptive-metropolis", 250_000)
        b, db, steps, also = long_run(profile, "paper", 1_000_000)
        difference = a.mean(axis=(0, 1)) - b.mean(axis=(0, 1))
        lengths.append(steps)
        if not (enough and also):
            missed.append(profile)
            continue
        z.append(difference / np.hypot(da.mcse_mean, db.mcse_mean))
    z = np.array(z)
    return {
        "profiles": len(z),
        "profiles_without_enough_draws": missed,
        "steps_of_paper": lengths,
        "standard_deviation_of_z": round(float(z.std()), 3),
        "largest_z": round(float(np.abs(z).max()), 2),
        "fraction_beyond_2": round(float((np.abs(z) > 2).mean()), 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=int, default=200)
    parser.add_argument("--agreement", type=int, default=10, help="profiles to compare, 0: none")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = {"profiles": options.profiles}
    figures |= {preset: convergence(preset, options.profiles) for preset in PRESETS}
    if options.agreement:
        figures["agreement"] = agreement(options.agreement)
    figures["machine"] = describe()
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, values in figures.items():
        print(f"{name}: {values}")


if __name__ == "__main__":
    main()
