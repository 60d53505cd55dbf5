"""Simulation-based calibration of the sampler (Talts et al. 2018, https://arxiv.org/abs/1804.06788).

    python benchmarks/calibration.py [--profiles 200] [--weights study] [--json] [--figure PATH]

If theta is drawn from the prior, observations from the likelihood given theta, and draws from the
posterior given the observations, then the rank of theta among independent draws is uniform. Prior,
likelihood, solver and sampler must all be right for that. sigma is fixed per horizon (the SOC of
a reference profile) and the noise has variance sigma^2 / weight, so that exp(-cost) is the density
of the observations but for a constant. ``--cost-factor 2`` breaks that, and must be found out.
"""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_forcing, draw_theta, observe
from scipy import stats

from proda.files import atomic_path
from proda.inference.convergence import diagnose
from proda.inference.metropolis import PRESETS, run_chain
from proda.inference.targets import site_target, to_theta

CHAINS = 3
RELATIVE_ERROR = 1.0  # sigma over the SOC of the reference
DRAWS = 63  # 64 possible ranks
# A profile runs four times as long, and again, until its draws are worth more than are ranked.
MIN_ESS, MAX_RHAT, LENGTHENINGS = 2 * DRAWS, 1.05, 3
BINS = 16
PARAMETERS = (
    "q10",
    "decomposition_efolding_depth",
    "passive_soc_turnover_time",
    "passive_to_fast",
    "input_to_cellulose",
)
STOCK = "SOC 0-100 cm"
MIN_P = 0.01


def calibrate(profile, preset, steps, weights, cost_factor):
    """Ranks of 25 parameters and the SOC stock of one profile, and the minimum ESS of its draws."""
    rng = np.random.default_rng([20200601, profile])
    forcing, truth = draw_forcing(rng), draw_theta(rng)
    seen, value = observe(rng, forcing, truth, RELATIVE_ERROR, weights)
    sampler = PRESETS[preset]
    target = site_target(MODEL, MODEL.columns(forcing)[0], seen, sampler.transformed)
    target = target._replace(value=value, precision=cost_factor * target.precision)
    for lengthening in range(LENGTHENINGS):
        longer = sampler._replace(
            steps=steps * 4**lengthening, test_steps=sampler.test_steps * 4**lengthening
        )
        chains = [
            run_chain(target, len(truth), longer, np.random.default_rng([profile, c])).draws
            for c in range(CHAINS)
        ]
        draws = to_theta(np.stack(chains)[:, longer.steps // 2 :], sampler.transformed)
        sizes = diagnose(draws[:, :: max(longer.steps // 20_000, 1)])
        if sizes.ess_bulk.min() >= MIN_ESS and sizes.rhat.max() < MAX_RHAT:
            break
    pooled = draws.reshape(-1, len(truth))
    places = ((np.arange(DRAWS) + 0.5) * len(pooled) / DRAWS).astype(int)
    both = np.concatenate([truth[None], pooled[places]])
    soc = MODEL.soc(MODEL.steady_state(both, forcing))
    quantities = np.column_stack([both, MODEL.stock(soc, 0.0, 1.0)])
    ranks = (quantities[1:] < quantities[0]).sum(axis=0)
    return ranks, sizes.ess_bulk.min(), sizes.rhat.max()


def uniformity(ranks):
    """Counts per bin of ranks (profiles,) and the p-value of Pearson's chi-square test."""
    counts = np.bincount(ranks * BINS // (DRAWS + 1), minlength=BINS)
    return counts, stats.chisquare(counts).pvalue


def draw_figure(results, profiles, path):
    """Histograms of ranks with the band that holds 99 % of the counts of a bin."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    top = 1.3 * max(counts.max() for counts, _ in results.values())
    low, high = stats.binom.ppf([0.005, 0.995], profiles, 1.0 / BINS)
    figure, axes = plt.subplots(2, 3, figsize=(7.2, 3.8), sharex=True, sharey=True)
    centres = (np.arange(BINS) + 0.5) / BINS
    for ax, (name, (counts, p)) in zip(axes.flat, results.items(), strict=True):
        ax.axhspan(low, high, color="0.88", lw=0)
        ax.axhline(profiles / BINS, color="0.5", lw=0.8)
        ax.bar(centres, counts, width=0.9 / BINS, color="#2a6f97")
        ax.set_title(name.replace("_", " "), fontsize=8)
        ax.text(
            0.98, 0.97, f"p = {p:.2f}", fontsize=7, ha="right", va="top", transform=ax.transAxes
        )
        ax.tick_params(labelsize=7)
        ax.set_ylim(0.0, top)
    figure.supxlabel("rank of the true value among posterior draws / 64", fontsize=8)
    figure.supylabel("profiles", fontsize=8)
    figure.tight_layout()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=150)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=int, default=200)
    parser.add_argument("--steps", type=int, default=100_000, help="of the formal run, per chain")
    parser.add_argument("--preset", choices=PRESETS, default="adaptive-metropolis")
    parser.add_argument("--weights", choices=("study", "exponential", "unit"), default="study")
    parser.add_argument("--cost-factor", type=float, default=1.0, help="other than 1: must fail")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--figure", type=Path, help="draw the rank histograms")
    options = parser.parse_args()

    start = perf_counter()
    settings = options.preset, options.steps, options.weights, options.cost_factor
    ranks, sizes, rhats = zip(
        *(calibrate(profile, *settings) for profile in range(options.profiles)), strict=True
    )
    ranks = np.array(ranks)
    every = {name: uniformity(ranks[:, k]) for k, name in enumerate(MODEL.parameters.names)}
    every[STOCK] = uniformity(ranks[:, -1])
    results = {name: every[name] for name in (*PARAMETERS, STOCK)}
    worst = min(every, key=lambda name: every[name][1])
    figures = {
        "preset": options.preset,
        "weights": options.weights,
        "cost_factor": options.cost_factor,
        "profiles": options.profiles,
        "steps": options.steps,
        "p": {name: round(p, 4) for name, (_, p) in results.items()},
        "counts": {name: counts.tolist() for name, (counts, _) in results.items()},
        "calibrated": bool(min(p for _, p in results.values()) > MIN_P),
        "worst_of_all": {worst: round(every[worst][1], 4)},
        "quantities_below_1_percent": sum(bool(p < MIN_P) for _, p in every.values()),
        "profiles_not_converged": int(
            ((np.array(sizes) < MIN_ESS) | (np.array(rhats) >= MAX_RHAT)).sum()
        ),
        "min_ess_quantiles": np.quantile(sizes, [0.0, 0.05, 0.5]).round(0).tolist(),
        "worst_rhat_quantiles": np.quantile(rhats, [0.5, 0.95, 1.0]).round(3).tolist(),
        "seconds": round(perf_counter() - start, 1),
        "machine": describe(),
    }
    if options.figure:
        draw_figure(results, options.profiles, options.figure)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, (_, p) in results.items():
            print(f"{name:32s} p = {p:.3f}")
        print("calibrated" if figures["calibrated"] else f"NOT calibrated (p < {MIN_P})")
    return 0 if figures["calibrated"] else 1


if __name__ == "__main__":
    sys.exit(main())
