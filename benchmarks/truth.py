"""Coverage of a twin's truth by posterior intervals, and what the data constrain.

    python benchmarks/truth.py results/twin [--profiles 400] [--scenario NAME] [--json]
                               [--sampler workflow] [--seed 20200601] [--figure PATH]

Three scenarios, on the profiles of a finished run of a twin dataset:

as_run          the posteriors of the run: the study's weights, sigma = 0.3 x observation, the
                forcing the workflow prepared. The end horizons count ten times, so intervals are
                narrower than the noise warrants.
true_noise      the same observations again with unit weights, sigma = noise x true SOC and the
                true forcing. The true parameters are maps, not draws of the prior.
prior_truth     as true_noise with the same sigma, but truth drawn from the prior and observed anew:
                all assumptions hold, so coverage must be nominal.

The last two are sampled until every parameter of a profile meets the rule of Vehtari et al. (2021):
R-hat below 1.01 and 400 effective draws. Truth drawn from the prior is often far richer in carbon
than the twin's, so that sigma is 5 % of it at the median and below 1 % for a tenth of the profiles;
random walks do not converge on such posteriors (--sampler workflow: the sampler and the length of
the workflow), sampling along the manifold does. No profile is left out: those that do not meet the
rule at the maximum length are counted, and coverage is given with and without them. Intervals of
the prior itself are a control: they need no sampler and depend on the same true values.

Horizons and layers of a profile share its draws, so the standard errors are those of means over
profiles. 400 profiles take 8 (true_noise) and 9 (prior_truth) minutes of one core.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _coverage import LEVELS, constraint_table, covered, mean_and_error
from _profiles import MODEL, draw_theta

from proda.data.forcing import load_site_forcing
from proda.inference.convergence import diagnose
from proda.inference.manifold import run_manifold_chain
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.site import Status
from proda.inference.targets import site_target, to_theta
from proda.model import AnnualForcing

SCENARIOS = ("as_run", "true_noise", "prior_truth")
FORCING = ("npp_min", "npp_max", "active_layer_depth", "soil_temperature", "soil_water_potential")
CHAINS = 3
MIN_ESS, MAX_RHAT = 400, 1.01
FIRST_STEPS, DOUBLINGS = 2_000, 5
DRAWS = 3_000  # for quantiles
PRIOR_DRAWS = 10_000
# Groups of profiles by the median of observed SOC / sigma over their horizons. A group that is
# chosen by its data is covered as often as any; one chosen by its truth need not be.
SHARPNESS = (-np.inf, 10.0, 30.0, 100.0, np.inf)


class Twin:
    """Truth of a twin dataset, profile by profile, in the order of its posteriors."""

    def __init__(self, folder):
        self.truth = xr.load_dataset(folder / "raw" / "truth" / "truth_sites.nc")
        self.run = xr.load_dataset(folder / "assimilation" / "site_posteriors.nc")
        ids = self.truth["profile_id"].values.astype(str)
        if list(ids) != list(self.run["profile_id"].values.astype(str)):
            raise SystemExit(f"{folder}: truth and posteriors hold different profiles")
        self.prepared = load_site_forcing(folder / "inputs" / "site_forcing.nc")[1]
        self.forcing = AnnualForcing(**{name: self.truth[name].values for name in FORCING})
        self.noise = float(self.truth.attrs["twin_noise"])
        self.ends = np.cumsum(self.truth["row_size"].values)

    def __len__(self):
        return len(self.ends)

    def horizons(self, i):
        """Depths, true SOC and observed SOC of the horizons of profile ``i``."""
        rows = slice(self.ends[i] - int(self.truth["row_size"][i]), self.ends[i])
        names = ("depth", "horizon_soc", "horizon_soc_observed")
        return [self.truth[name].values[rows] for name in names]


def prior_draws():
    """Draws of the prior, (draws, parameters)."""
    rng = np.random.default_rng(0)
    return np.array([draw_theta(rng) for _ in range(PRIOR_DRAWS)])


@dataclass(frozen=True)
class Fit:
    """Posterior draws of a profile, their truth, and whether they suffice."""

    theta: np.ndarray  # (draws, parameters)
    soc: np.ndarray  # (draws, layers)
    theta_true: np.ndarray
    soc_true: np.ndarray
    operator: np.ndarray  # (horizons, layers)
    sharpness: float  # median of observed SOC / sigma
    ess: float  # minimum over the parameters
    rhat: float  # largest of the parameters

    @property
    def converged(self):
        return self.ess >= MIN_ESS and self.rhat < MAX_RHAT

    def covered(self, level, prior):
        """What the intervals of a level hold: (parameters,), (layers,), (horizons,), (parameters,).

        The last are the parameters held by intervals of draws of the prior: a control that depends
        on the same true values as the first.
        """
        seen, truth = self.soc @ self.operator.T, self.operator @ self.soc_true
        return {
            "parameters": covered(self.theta, self.theta_true, level),
            "layers": covered(self.soc, self.soc_true, level),
            "horizons": covered(seen, truth, level),
            "prior": covered(prior, self.theta_true, level),
        }


def sample(target, i, sampler):
    """theta (chains, draws, parameters) of profile ``i``, until it suffices, and diagnostics."""
    d = len(MODEL.parameters)
    if sampler == "workflow":
        settings = MetropolisSettings()
        chains = [
            run_chain(target, d, settings, np.random.default_rng([2020, i, c])).draws
            for c in range(CHAINS)
        ]
        theta = to_theta(np.stack(chains)[:, settings.steps // 2 :], True)
        return theta, diagnose(theta[:, :: theta.shape[1] // DRAWS])
    for doubling in range(DOUBLINGS + 1):
        steps = FIRST_STEPS * 2**doubling
        chains = [
            run_manifold_chain(
                target, d, steps // 4, steps, np.random.default_rng([2020, i, c, doubling])
            ).draws
            for c in range(CHAINS)
        ]
        theta = to_theta(np.stack(chains), True)
        sizes = diagnose(theta)
        if sizes.ess_bulk.min() >= MIN_ESS and sizes.rhat.max() < MAX_RHAT:
            break
    return theta, sizes


def fit_profile(twin, i, scenario, sampler, seed):
    """Fit of profile ``i``; None if the run could not fit it."""
    depth, true_horizons, observed = twin.horizons(i)
    operator = interpolation_matrix(MODEL.grid.node, depth)
    theta_true, soc_true = twin.truth["theta"].values[i], twin.truth["soc"].values[i]
    sigma = twin.noise * true_horizons
    if scenario == "as_run":
        if twin.run["status"][i] != Status.FITTED:
            return None
        forcing = twin.prepared.take([i])
        theta = twin.run["theta"].values[i].astype(float)
        ess, rhat = twin.run["ess_bulk"].values[i].min(), twin.run["rhat"].values[i].max()
    else:
        forcing = twin.forcing.take([i])
        seen = Observations(operator, observed.copy(), sigma, np.ones_like(sigma))
        if scenario == "prior_truth":
            rng = np.random.default_rng([seed, i])
            theta_true = draw_theta(rng)
            soc_true = MODEL.soc(MODEL.steady_state(theta_true[None], forcing))[0]
            observed = operator @ soc_true + sigma * rng.standard_normal(len(sigma))
            # Noise may take a value below zero, which nobody could have handed to Observations.
            seen.value[:] = observed
        draws, sizes = sample(site_target(MODEL, MODEL.columns(forcing)[0], seen), i, sampler)
        pooled = draws.reshape(-1, draws.shape[2])
        theta = pooled[np.linspace(0, len(pooled) - 1, DRAWS).round().astype(int)]
        ess, rhat = sizes.ess_bulk.min(), sizes.rhat.max()
    soc = MODEL.soc(MODEL.steady_state(theta, forcing))
    sharpness = float(np.median(observed / sigma))
    return Fit(theta, soc, theta_true, soc_true, operator, sharpness, float(ess), float(rhat))


def coverage(hits):
    """Fractions covered, with standard errors, from {level: [{what: hits} per profile]}."""
    fractions = {}
    for level, profiles in hits.items():
        for what in profiles[0]:
            mean, error = mean_and_error([found[what] for found in profiles])
            fractions[f"{what} {level:.0%}"] = {
                "covered": round(mean, 4),
                "standard_error": round(error, 4),
            }
        more = [one["parameters"].mean() - one["prior"].mean() for one in profiles]
        mean, error = mean_and_error(more)
        fractions[f"parameters - prior {level:.0%}"] = {
            "covered": round(mean, 4),
            "standard_error": round(error, 4),
        }
    return fractions


def measure(twin, scenario, profiles, sampler, seed):
    """Figures of one scenario, and its table of parameters."""
    started = perf_counter()
    hits, facts, deviations = {level: [] for level in LEVELS}, [], []
    prior = prior_draws()
    for i in range(profiles):
        fit = fit_profile(twin, i, scenario, sampler, seed)
        if fit is None:
            continue
        for level in LEVELS:
            hits[level].append(fit.covered(level, prior))
        facts.append((fit.sharpness, fit.ess, fit.rhat, fit.converged))
        deviations.append(fit.theta.std(axis=0, ddof=1))
    sharpness, ess, rhat, converged = np.array(facts).T

    def of(chosen):
        chosen = np.flatnonzero(chosen)
        if len(chosen) < 2:
            return {"profiles": len(chosen)}
        some = {level: [found[k] for k in chosen] for level, found in hits.items()}
        return {"profiles": len(chosen)} | coverage(some)

    figures = {
        "sampler": "workflow" if scenario == "as_run" else sampler,
        "profiles": len(facts),
        "coverage": coverage(hits),
        "not_converged": int((converged == 0).sum()),
        "coverage_of_converged": of(converged == 1),
        "coverage_by_observed_over_sigma": {
            f"{low:g} to {high:g}": of((sharpness >= low) & (sharpness < high))
            for low, high in pairwise(SHARPNESS)
        },
        "observed_over_sigma_quantiles": np.quantile(sharpness, [0.05, 0.5, 0.95])
        .round(1)
        .tolist(),
        "min_ess_quantiles": np.quantile(ess, [0.0, 0.05, 0.5]).round(0).tolist(),
        "worst_rhat_quantiles": np.quantile(rhat, [0.5, 0.95, 1.0]).round(3).tolist(),
    }
    inside = {
        level: np.array([one["parameters"] for one in found]) for level, found in hits.items()
    }
    figures["largest_deviation_of_a_parameter_in_standard_errors"] = {
        f"{level:.0%}": round(
            float(
                np.abs(hits.mean(axis=0) - level).max() / np.sqrt(level * (1.0 - level) / len(hits))
            ),
            2,
        )
        for level, hits in inside.items()
    }
    table = constraint_table(
        MODEL.parameters.names, inside, np.array(deviations), MODEL.prior.standard_deviation
    )
    figures["parameters"] = table.round(3).to_dict("records")
    figures["seconds"] = round(perf_counter() - started, 1)
    return figures, table


def draw_figure(every, path):
    """Coverage of every parameter and of SOC in the scenarios, at both levels."""
    import matplotlib.pyplot as plt

    from proda.figures.style import COLOURS, DOUBLE_COLUMN, apply_style, save

    apply_style()
    scenarios = [name for name in SCENARIOS if name in every]
    labels = {
        "as_run": "as run",
        "true_noise": "unit weights, true noise",
        "prior_truth": "the same, truth drawn from the prior",
    }
    order = [row["parameter"] for row in every[scenarios[-1]]["parameters"]]
    rows = ["SOC of the layers", *order]
    figure, axes = plt.subplots(
        1, len(LEVELS), figsize=(DOUBLE_COLUMN, 5.2), sharey=True, layout="constrained"
    )
    for ax, level in zip(axes, LEVELS, strict=True):
        n = every[scenarios[-1]]["profiles"]
        band = 2.0 * np.sqrt(level * (1.0 - level) / n)
        ax.axvspan(level - band, level + band, color="0.88", lw=0)
        ax.axvline(level, color="0.5", lw=0.8)
        for colour, name in zip(COLOURS, scenarios, strict=False):
            found = every[name]
            by_name = {row["parameter"]: row for row in found["parameters"]}
            fractions = [found["coverage"][f"layers {level:.0%}"]["covered"]]
            fractions += [
                by_name[parameter][f"coverage_{level:.0%}".rstrip("%")] for parameter in order
            ]
            ax.plot(fractions, np.arange(len(rows)), "o", ms=3.5, color=colour, label=labels[name])
        ax.set_xlabel(f"true values inside {level:.0%} intervals")
        ax.set_xlim(0.0, 1.02)
    axes[0].set_yticks(np.arange(len(rows)), [row.replace("_", " ") for row in rows])
    axes[0].invert_yaxis()
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(scenarios)
    )
    save(figure, [path])
    plt.close(figure)


def report(scenario, figures, table):
    print(f"\n{scenario}, {figures['profiles']} profiles, sampler: {figures['sampler']}")
    print(f"observed SOC / sigma, 5, 50, 95 %: {figures['observed_over_sigma_quantiles']}")
    print(f"minimum ESS: minimum, 5 and 50 %: {figures['min_ess_quantiles']}")
    print(f"largest R-hat, 50, 95 and 100 %: {figures['worst_rhat_quantiles']}")
    groups = {"all": figures["coverage"] | {"profiles": figures["profiles"]}}
    groups["converged"] = figures["coverage_of_converged"]
    groups |= figures["coverage_by_observed_over_sigma"]
    for name, fractions in groups.items():
        print(f"{name} ({fractions['profiles']} profiles)")
        for what, fraction in fractions.items():
            if what != "profiles":
                print(f"  {what:22s} {fraction['covered']:.3f} +- {fraction['standard_error']:.3f}")
    print(table.to_string(index=False, float_format="%.3f"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="results of a twin dataset, as results/twin")
    parser.add_argument("--profiles", type=int, help="the first so many; all if not given")
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    parser.add_argument("--sampler", choices=("manifold", "workflow"), default="manifold")
    parser.add_argument("--seed", type=int, default=20200601, help="of truth drawn from the prior")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--figure", type=Path, help="draw the coverage of every parameter")
    options = parser.parse_args()

    twin = Twin(options.folder)
    profiles = min(options.profiles or len(twin), len(twin))
    every = {
        "noise": twin.noise,
        "machine": describe(),
    }
    for scenario in options.scenario or SCENARIOS:
        every[scenario], table = measure(twin, scenario, profiles, options.sampler, options.seed)
        if not options.json:
            report(scenario, every[scenario], table)
    if options.json:
        print(json.dumps(every, indent=2))
    if options.figure:
        draw_figure(every, options.figure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
