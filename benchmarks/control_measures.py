"""Which measure of spatial variation finds the mechanism that governs the stock:
python benchmarks/control_measures.py results/global_twin [MORE ...] [--resamples 200] [--json]

Finished runs of synthetic globes with a section `analysis`. At the used sites each mechanism is
held at the mean of the sites: with the true parameters, with the part of them that covariates
explain, with the means of the posteriors, and with each learner's parameters that were predicted
without the block of the site. With o observed, f of the full run and h of the run with a mechanism
held, in parentheses the percentage of resampled blocks in which the mechanism is first:

loss, horizons      loss of 1 - sum (m - o)^2 / sum (o - mean o)^2 of SOC at the horizons
loss, log           the same of its logarithm
loss, stocks        (var(o - h) - var(o - f)) / var(o) of the stocks in the observed horizons
Shapley             the mean of that loss over all orders in which mechanisms can be held in turn
unexplained         var(h - f) / var(f) of these stocks
unexplained, log    the same of their logarithms
second term         2 cov(f - h, o - f) / var(o): what the loss has beside var(h - f) / var(o)

Then the correlation over the sites of the effect of each mechanism on these stocks, f - h, with its
true effect and with that of the governing mechanism; and of the parameters of the governing
mechanism with the true ones. The truth is that which covariates explain.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import xarray as xr
from _machine import describe

from proda.analysis.control import (
    COMPONENTS,
    MEAN_OF_SITES,
    RANKED,
    Component,
    component_soc,
    constant_of_sites,
)
from proda.analysis.control_tables import homogeneous
from proda.analysis.places import portions
from proda.evaluation.pairs import read_pairs
from proda.evaluation.parameter_means import profile_means
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.model.layout import ENTRIES
from proda.model.mechanisms import CARBON_USE_EFFICIENCY, ENVIRONMENT, parameters_of
from proda.parameters.draws import open_draws
from proda.projection.inputs import load_sites
from proda.projection.soc import DrawnSoc
from proda.projection.stocks import KILOGRAM

BITS = range(len(RANKED))
SUBSETS = 2 ** len(RANKED)
TRUTH = "truth, by covariates"
GOVERNING = {"cue": CARBON_USE_EFFICIENCY, "environment": ENVIRONMENT}
LEARNERS = ("neural_network", "random_forest", "hybrid")
MEASURES = (
    "loss, horizons", "loss, log", "loss, stocks", "Shapley", "unexplained", "unexplained, log",
    "second term",
)  # fmt: skip


def subset(held):
    """The component that holds the mechanisms whose bits are set."""
    mechanisms = {one.name: one.mechanisms for one in COMPONENTS}
    return Component(str(held), "", sum((mechanisms[RANKED[k]] for k in BITS if held >> k & 1), ()))


class Run:
    """A finished run: its sites, constants and observations."""

    def __init__(self, folder):
        self.folder = folder
        truth = xr.load_dataset(folder / "raw" / "truth" / "truth_sites.nc")
        self.governed_by = truth.attrs["twin_governed_by"]
        self.model = MatrixModel("clm5-20")
        forcing = folder / "inputs" / "site_forcing.nc"
        self.sites = load_sites(folder / "assimilation" / "observations.nc", forcing)
        self.splits = read_splits(folder / "learning" / "splits.csv")
        posteriors = folder / "assimilation" / "site_posteriors.nc"
        self.held = homogeneous(
            self.model, self.sites, self.splits, posteriors, None, [MEAN_OF_SITES]
        )
        place = {str(name): k for k, name in enumerate(truth["profile_id"].values)}
        rows = [place[name] for name in self.sites.ids]
        self.theta = {
            "truth": truth["theta"].values[rows][:, None],
            TRUTH: truth["theta_without_site_variation"].values[rows][:, None],
            "posteriors": profile_means(posteriors, self.model, self.sites.ids)[:, None],
        }
        for name in LEARNERS:
            path = folder / "parameters" / f"{name}_blocks.nc"
            if path.exists():
                with open_draws(path, self.model) as draws:
                    self.theta[name] = draws.at_profiles(0, len(rows))
        evaluation = folder / "evaluation"
        pairs = read_pairs(evaluation / "pairs.csv.gz", evaluation / "profiles.csv")
        self.horizons = pairs.horizons

    def modelled(self, source):
        """SOC (subsets, horizons) kg m-3 with each subset of the mechanisms held."""
        model, sites, theta = self.model, self.sites, self.theta[source]
        fold, constants = np.maximum(self.splits.fold, 0), self.held.by_fold[0]
        if source.startswith("truth"):
            used = self.splits.used
            entries = model.columns(sites.forcing)[used][:, ENTRIES]
            constants = [
                constant_of_sites(model, MEAN_OF_SITES, theta[used].mean(axis=1), entries, None)
            ]
            fold = np.zeros_like(fold)
        drawn = DrawnSoc(model, lambda k, n: theta[k : k + n], theta.shape[1], sites.forcing)
        ends = np.cumsum(sites.row_size)
        found = np.full((SUBSETS, len(sites.operator)), np.nan)
        for portion in portions(drawn):
            of = np.repeat(fold[portion.places], portion.n_draws)
            runs = portion.physical, portion.columns, portion.column, constants, of
            for held in range(SUBSETS):
                soc = component_soc(model, subset(held), *runs, self.held.climate)
                for place, values in zip(portion.places, portion.by_place(soc), strict=True):
                    rows = slice(ends[place] - sites.row_size[place], ends[place])
                    found[held, rows] = sites.operator[rows] @ values.mean(axis=0) / KILOGRAM
        return found


def measures(observed, modelled, stock, stocks):
    """Each measure of the mechanisms, (measures, mechanisms)."""
    alone = [1 << k for k in BITS]

    def skill(o, m):
        return 1.0 - ((m - o) ** 2).sum(axis=1) / ((o - o.mean()) ** 2).sum()

    natural, log = skill(observed, modelled), skill(np.log(observed), np.log(modelled))
    pattern = 1.0 - (stocks - stock).var(axis=1) / stock.var()
    shapley = np.zeros(len(RANKED))
    for k in BITS:
        for held in range(SUBSETS):
            if not held >> k & 1:
                size = held.bit_count()
                ways = math.factorial(size) * math.factorial(len(RANKED) - 1 - size)
                share = ways / math.factorial(len(RANKED))
                shapley[k] += share * (pattern[held] - pattern[held | 1 << k])
    change, log_stocks = stocks[alone] - stocks[0], np.log(stocks)
    unexplained = change.var(axis=1) / stocks[0].var()
    loss = pattern[0] - pattern[alone]
    return np.array(
        [
            natural[0] - natural[alone],
            log[0] - log[alone],
            loss,
            shapley,
            unexplained,
            (log_stocks[alone] - log_stocks[0]).var(axis=1) / log_stocks[0].var(),
            loss - change.var(axis=1) / stock.var(),
        ]
    )


def measure(run, modelled, resamples):
    """Values (measures, mechanisms), percentage of resampled blocks in which each is first, and
    effects on the stock (mechanisms, sites), NaN at sites that are not scored.
    """
    profile, observed = run.horizons["profile"].to_numpy(), run.horizons["observed"].to_numpy()
    thickness = run.horizons["thickness_m"].to_numpy()
    gaps = ~np.isfinite(modelled).all(axis=0)
    sites = len(run.splits.used)
    scored = run.splits.used & (np.bincount(profile, gaps, sites) == 0)
    here = scored[profile]
    at, profile = modelled[:, here], profile[here]
    observed, thickness = observed[here], thickness[here]
    stock = np.bincount(profile, observed * thickness, sites)
    stocks = np.array([np.bincount(profile, one * thickness, sites) for one in at])
    value = measures(observed, at, stock[scored], stocks[:, scored])
    block = run.splits.block
    blocks = np.unique(block[scored])
    of_profiles = [np.flatnonzero(scored & (block == one)) for one in blocks]
    of_horizons = [np.flatnonzero(block[profile] == one) for one in blocks]
    rng, first = np.random.default_rng(1), np.zeros(value.shape)
    for _ in range(resamples):
        drawn = rng.integers(len(blocks), size=len(blocks))
        h = np.concatenate([of_horizons[k] for k in drawn])
        p = np.concatenate([of_profiles[k] for k in drawn])
        again = measures(observed[h], at[:, h], stock[p], stocks[:, p])
        first[np.arange(len(MEASURES)), again.argmax(axis=1)] += 100.0 / resamples
    effect = np.where(scored, stocks[0] - stocks[[1 << k for k in BITS]], np.nan)
    return value, first, effect


def correlation(x, y):
    """Correlations of the rows of x (k, sites) with those of y (k, sites) or y (sites,)."""
    y = np.broadcast_to(y, x.shape)
    known = np.isfinite(x).all(axis=0) & np.isfinite(y).all(axis=0)
    return [
        float(np.corrcoef(one, other)[0, 1])
        for one, other in zip(x[:, known], y[:, known], strict=True)
    ]


def results(folder, resamples):
    """What is found of one run, a dictionary per source."""
    run = Run(folder)
    governing = GOVERNING[run.governed_by]
    own = parameters_of(run.model.structure, governing)
    found = {name: measure(run, run.modelled(name), resamples) for name in run.theta}
    true_effect, true_theta = found[TRUTH][2], run.theta[TRUTH].mean(axis=1)
    for name, (value, first, effect) in found.items():
        scored = np.isfinite(effect).all(axis=0)
        theta = np.where(scored[:, None], run.theta[name].mean(axis=1), np.nan)
        of_parameters = correlation(theta[:, own].T, true_theta[:, own].T)
        yield {
            "governed_by": run.governed_by,
            "source": name,
            "sites": int(scored.sum()),
            "mechanisms": RANKED,
            "value": dict(zip(MEASURES, value.tolist(), strict=True)),
            "first_percent": dict(zip(MEASURES, first.tolist(), strict=True)),
            "correlation_with_true_effect": correlation(effect, true_effect),
            "correlation_with_governing_effect": correlation(
                effect, true_effect[RANKED.index(governing.name)]
            ),
            "correlation_of_parameters": {
                run.model.parameters.names[k]: r for k, r in zip(own, of_parameters, strict=True)
            },
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folders", type=Path, nargs="+", help="results of synthetic globes")
    parser.add_argument("--resamples", type=int, default=200, help="of the spatial blocks")
    parser.add_argument("--json", action="store_true", help="print the results as JSON only")
    options = parser.parse_args()
    result = {"machine": describe(), "runs": []}
    for folder in options.folders:
        result["runs"] += results(folder, options.resamples)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(result["machine"])
    for one in result["runs"]:
        print(f"\ngoverned by {one['governed_by']}, {one['source']}: {one['sites']} sites")
        print(" " * 17, *(f"{name:>22}" for name in RANKED))
        for name in MEASURES:
            cells = zip(one["value"][name], one["first_percent"][name], strict=True)
            print(f"{name:17}", *(f"{value:14.3f} ({percent:3.0f} %)" for value, percent in cells))
        for name in ("true", "governing"):
            values = one[f"correlation_with_{name}_effect"]
            print(f"r, {name:14}", *(f"{value:22.2f}" for value in values))
        parameters = one["correlation_of_parameters"].items()
        print("r of parameters:", ", ".join(f"{name} {r:.2f}" for name, r in parameters))


if __name__ == "__main__":
    main()
