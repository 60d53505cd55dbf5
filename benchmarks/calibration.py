"""Simulation-based calibration of the sampler (Talts et al. 2018, https://arxiv.org/abs/1804.06788).

    python benchmarks/calibration.py [--profiles 200] [--error-model lognormal] [--json]
        [--spread 0.35] [--mutant errors] [--seed 20200601] [--figure PATH]

If theta is drawn from the prior, observations from the likelihood given theta, and draws from the
posterior given the observations, then the rank of theta among independent draws is uniform. Prior,
likelihood, gradient, solver and sampler must all be right for that. Weights are 1 and the relative
error is 0.3. Observations cannot be drawn from `relative` with a share of the observation itself;
its errors here are absolute, of the size of the SOC of a reference profile.

With ``--spread`` every profile has a relative error of its own, drawn log-normally about 0.3 and
estimated with that prior; its rank must be uniform, too.

``--mutant errors`` lets the sampler work with 0.7 times the true errors, and must be found out.
"""

import argparse
import json
import sys
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_forcing, draw_theta
from scipy import stats

from proda.files import atomic_path
from proda.inference.convergence import diagnose
from proda.inference.error_distribution import ErrorDistribution
from proda.inference.hmc import run_hmc
from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings, relative_error
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.site_lanes import site_lanes
from proda.inference.targets import to_theta

SETTINGS = HmcSettings()
RELATIVE_ERROR = 0.3
TOGETHER = 25  # profiles side by side
DRAWS = 63  # 64 possible ranks
# A profile runs on, twice as long, until its draws are worth more than are ranked.
FIRST, LONGEST, MIN_ESS, MAX_RHAT = 500, 8_000, 2 * DRAWS, 1.05
BINS = 16
PARAMETERS = (
    "q10",
    "decomposition_efolding_depth",
    "passive_soc_turnover_time",
    "passive_to_fast",
    "input_to_cellulose",
)
STOCK = "SOC 0-100 cm"
ERROR = "relative error"
MIN_P = 0.01


def make_profile(profile, error_model, mutant, seed, spread):
    """Forcing, truth, and Observations with what the sampler believes of their errors.

    The truth is theta, and with a spread the relative error.
    """
    rng = np.random.default_rng([seed, profile])
    forcing, truth = draw_forcing(rng), draw_theta(rng)
    depth = np.sort(rng.uniform(0.02, 1.0, rng.integers(3, 9)) * rng.uniform(0.5, 2.0))
    operator = interpolation_matrix(MODEL.grid.node, depth, "linear")
    middle = np.full(len(truth), 0.5)
    middle[MODEL.parameters.index("input_to_cellulose")] = 0.3  # fractions that sum to below 1
    true, reference = MODEL.soc(MODEL.steady_state(np.stack([truth, middle]), forcing))
    normal = error_model == "relative"
    absolute = operator @ reference if normal else np.zeros(len(depth))
    relative = 0.0 if normal else RELATIVE_ERROR
    own = relative * np.exp(spread * rng.standard_normal()) if spread else relative
    value = ErrorDistribution(error_model, own, absolute).sample(operator @ true, rng)
    believed = 0.7 if mutant == "errors" else 1.0
    one = np.ones(len(depth))
    seen = Observations(operator, one.copy(), one, one, believed * absolute)
    seen.value[:] = value  # normal errors may reach below zero, which no file could hold
    truth = np.append(truth, own) if spread else truth
    return forcing, truth, seen, believed * relative


def calibrate(profiles, error_model, mutant, seed, spread):
    """Ranks of all quantities, minimum ESS and largest R-hat, per profile."""
    cases = [make_profile(profile, error_model, mutant, seed, spread) for profile in profiles]
    forcings, truths, seen, relative = zip(*cases, strict=True)
    errors = ErrorSettings(ERROR_MODELS[error_model], spread > 0.0, relative[0], spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        target = site_lanes(
            MODEL,
            [MODEL.columns(forcing)[0] for forcing in forcings],
            seen,
            errors,
            SETTINGS.chains,
        )
    streams = [np.random.default_rng([p, c]) for p in profiles for c in range(SETTINGS.chains)]
    run = run_hmc(target, len(truths[0]), streams, SETTINGS)
    left, length, parts, found = list(range(len(cases))), FIRST, [[] for _ in cases], {}
    while left:
        x = run.draw(length).x.reshape(len(left), SETTINGS.chains, length, -1)
        going_on = []
        for place, k in enumerate(left):
            parts[k].append(x[place])
            draws = to_theta(np.concatenate(parts[k], axis=1), True)
            sizes = diagnose(draws)
            enough = sizes.ess_bulk.min() >= MIN_ESS and sizes.rhat.max() < MAX_RHAT
            if not enough and draws.shape[1] < LONGEST:
                going_on.append(place)
                continue
            if errors.estimated:
                draws[..., -1] = relative_error(draws[..., -1], errors)
            found[k] = ranks_of(draws, truths[k], forcings[k]), sizes
        left = [left[place] for place in going_on]
        if left:
            run = run.take(np.array(going_on))
            length = sum(part.shape[1] for part in parts[left[0]])
    return [
        (found[k][0], found[k][1].ess_bulk.min(), found[k][1].rhat.max()) for k in range(len(cases))
    ]


def ranks_of(draws, truth, forcing):
    """Ranks of the true values and of the true stock among thinned draws."""
    pooled = draws.reshape(-1, len(truth))
    places = ((np.arange(DRAWS) + 0.5) * len(pooled) / DRAWS).astype(int)
    both = np.concatenate([truth[None], pooled[places]])
    soc = MODEL.soc(MODEL.steady_state(both[:, : len(MODEL.parameters)], forcing))
    quantities = np.column_stack([both, MODEL.stock(soc, 0.0, 1.0)])
    return (quantities[1:] < quantities[0]).sum(axis=0)


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
    columns = -(-len(results) // 2)
    figure, axes = plt.subplots(2, columns, figsize=(2.4 * columns, 3.8), sharex=True, sharey=True)
    centres = (np.arange(BINS) + 0.5) / BINS
    for ax in axes.flat[len(results) :]:
        ax.set_axis_off()
    for ax, (name, (counts, p)) in zip(axes.flat, results.items(), strict=False):
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
    parser.add_argument("--error-model", choices=ERROR_MODELS, default="lognormal")
    parser.add_argument("--spread", type=float, default=0.0, help="of estimated relative errors")
    parser.add_argument("--mutant", choices=("none", "errors"), default="none", help="must fail")
    parser.add_argument("--seed", type=int, default=20200601, help="of truth and observations")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--figure", type=Path, help="draw the rank histograms")
    options = parser.parse_args()

    start = process_time()
    every = range(options.profiles)
    groups = [every[first : first + TOGETHER] for first in range(0, options.profiles, TOGETHER)]
    found = [
        one
        for group in groups
        for one in calibrate(
            group, options.error_model, options.mutant, options.seed, options.spread
        )
    ]
    ranks, sizes, rhats = zip(*found, strict=True)
    ranks = np.array(ranks)
    every = {name: uniformity(ranks[:, k]) for k, name in enumerate(MODEL.parameters.names)}
    every[STOCK] = uniformity(ranks[:, -1])
    own = [ERROR] if options.spread else []
    every |= {name: uniformity(ranks[:, -2]) for name in own}
    results = {name: every[name] for name in (*PARAMETERS, STOCK, *own)}
    worst = min(every, key=lambda name: every[name][1])
    figures = {
        "error_model": options.error_model,
        "spread": options.spread,
        "mutant": options.mutant,
        "seed": options.seed,
        "profiles": options.profiles,
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
        "seconds": round(process_time() - start, 1),
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
