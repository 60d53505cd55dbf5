"""Coverage of a twin's truth by posterior intervals, and what the data constrain.

    python benchmarks/truth.py results/twin [--profiles 400] [--scenario NAME] [--json]

Three scenarios, on the profiles of a finished run of a twin dataset:

as_run          the posteriors of the run: the study's weights, sigma = 0.3 x observation, the
                forcing the workflow prepared. The end horizons count ten times, so intervals are
                narrower than the noise warrants.
true_noise      the same observations again with unit weights, sigma = noise x true SOC and the
                true forcing. The true parameters are maps, not draws of the prior.
prior_truth     as true_noise with the same sigma, but truth drawn from the prior and observed anew:
                all assumptions hold, so coverage must be nominal where chains have converged.
                Truth far richer than the twin's is seen very sharply, and chains of the default
                length then do not converge: use --test-steps 200000 --steps 300000.

Horizons and layers of a profile share its draws, so the standard errors are those of means over
profiles.
"""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
import xarray as xr
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_theta

from proda.data.forcing import load_site_forcing
from proda.evaluation.coverage import (
    LEVELS,
    constraint_table,
    covered,
    prior_standard_deviation,
)
from proda.inference.metropolis import Sampler
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.site import SiteOptions, Status, assimilate_site
from proda.model import AnnualForcing

SCENARIOS = ("as_run", "true_noise", "prior_truth")
FORCING = ("npp_min", "npp_max", "active_layer_depth", "soil_temperature", "soil_water_potential")


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


def posterior(twin, i, scenario, sampler):
    """Draws of theta and SOC, their truth, operator and sd of one profile; None if unfitted."""
    depth, true_horizons, observed = twin.horizons(i)
    operator = interpolation_matrix(MODEL.grid.node, depth)
    theta_true, soc_true = twin.truth["theta"].values[i], twin.truth["soc"].values[i]
    if scenario == "as_run":
        if twin.run["status"][i] != Status.FITTED:
            return None
        values = {name: twin.run[name].values[i] for name in ("theta", "standard_deviation")}
        forcing = twin.prepared.take([i])
    else:
        forcing = twin.forcing.take([i])
        sigma = twin.noise * true_horizons
        seen = Observations(operator, observed, sigma, np.ones_like(sigma))
        if scenario == "prior_truth":
            rng = np.random.default_rng([20200601, i])
            theta_true = draw_theta(rng)
            soc_true = MODEL.soc(MODEL.steady_state(theta_true[None], forcing))[0]
            # Noise may take a value below zero, which nobody could have handed to Observations.
            seen.value[:] = operator @ soc_true + sigma * rng.standard_normal(len(sigma))
        column = MODEL.columns(forcing)[0]
        options = SiteOptions(sampler, seed=2020)
        result = assimilate_site(MODEL, f"{scenario} {i}", lambda: column, lambda: seen, options)
        if result.status != Status.FITTED:
            return None
        values = result.values
    theta = values["theta"].astype(float)
    soc = MODEL.soc(MODEL.steady_state(theta, forcing))
    return theta, soc, theta_true, soc_true, operator, values["standard_deviation"]


def measure(twin, scenario, profiles, sampler):
    """Figures of one scenario, and its table of parameters."""
    started = perf_counter()
    inside = {level: {"parameters": [], "layers": [], "horizons": []} for level in LEVELS}
    deviations = []
    for i in range(profiles):
        found = posterior(twin, i, scenario, sampler)
        if found is None:
            continue
        theta, soc, theta_true, soc_true, operator, deviation = found
        deviations.append(deviation)
        for level, hits in inside.items():
            hits["parameters"].append(covered(theta, theta_true, level))
            hits["layers"].append(covered(soc, soc_true, level))
            hits["horizons"].append(covered(soc @ operator.T, operator @ soc_true, level))
    n = len(deviations)
    coverage = {}
    for level, hits in inside.items():
        for what, parts in hits.items():
            means = np.array([part.mean() for part in parts])
            coverage[f"{what} {level:.0%}"] = {
                "covered": round(float(means.mean()), 4),
                "standard_error": round(float(means.std(ddof=1) / np.sqrt(n)), 4),
            }
    table = constraint_table(
        MODEL.parameters.names,
        {level: np.array(hits["parameters"]) for level, hits in inside.items()},
        np.array(deviations),
        prior_standard_deviation(MODEL),
    )
    figures = {
        "profiles": n,
        "coverage": coverage,
        "parameters": table.round(3).to_dict("records"),
        "seconds": round(perf_counter() - started, 1),
    }
    return figures, table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="results of a twin dataset, as results/twin")
    parser.add_argument("--profiles", type=int, help="the first so many; all if not given")
    parser.add_argument("--scenario", choices=SCENARIOS, action="append")
    parser.add_argument("--test-steps", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=30_000)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()

    twin = Twin(options.folder)
    profiles = min(options.profiles or len(twin), len(twin))
    sampler = Sampler(test_steps=options.test_steps, steps=options.steps)
    every = {"noise": twin.noise, "machine": describe()}
    for scenario in options.scenario or SCENARIOS:
        every[scenario], table = measure(twin, scenario, profiles, sampler)
        if not options.json:
            print(f"\n{scenario}, {every[scenario]['profiles']} profiles")
            for what, result in every[scenario]["coverage"].items():
                print(f"{what:16s} {result['covered']:.3f} +- {result['standard_error']:.3f}")
            print(table.to_string(index=False, float_format="%.3f"))
    if options.json:
        print(json.dumps(every, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
