"""Which error model predicts a horizon that was left out of its profile, and what intervals hold.

    python benchmarks/horizon_prediction.py FOLDER [--error-model lognormal] [--relative-error 0.3]
                                            [--error-spread 0.35] [--json]

FOLDER holds the results of a finished run with unit weights, whose site posteriors have the stated
error model. The density of a horizon under the posterior of the others of its profile,

    p(o_k | the others) = sum_s w_s p(o_k | m_s) / sum_s w_s,
    w_s = prod_{j != k} p(o_j | m_s) / prod_j p_run(o_j | m_s),

needs no other run: draws m_s of the run's posterior are weighted by the ratio of both densities
(Gelfand, Dey and Chang 1992), for the run's error model and for any other one. Where the relative
error of a profile is estimated, log-normal about the stated one with a spread of its logarithm, or
log-uniform, both densities are those of the whole profile, averaged over its relative error (and
p(o_k | m_s) is that given the others). Weights are cut at
their mean times the square root of the number of draws (Ionides 2008). Its logarithm, averaged over
horizons, measures an error model by what a user has: the higher, the better. Absolute errors are
those of the observations; censored horizons are not scored.

For a twin the fractions of the true SOC of horizons and layers and of the true stocks that 50 and
90 % intervals hold are given beside it. `ess` is the median of the effective number of the weighted
draws over the profiles: where it is small, fit the error model itself.
"""

import argparse
import json
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
import xarray as xr
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _coverage import LEVELS, mean_and_error
from _profiles import MODEL
from scipy import stats
from scipy.special import logsumexp

from proda.data.forcing import load_site_forcing
from proda.inference.error_distribution import FREEDOM, ErrorDistribution
from proda.inference.likelihoods import MAX_RELATIVE_ERROR, MIN_RELATIVE_ERROR
from proda.inference.observations_file import open_observations
from proda.inference.site import Status

LOG_UNIFORM = np.inf  # spread of a relative error of which nothing is stated
# Error model, relative error, spread.
CANDIDATES = [
    ("lognormal", 0.25),
    ("lognormal", 0.3),
    ("lognormal", 0.35),
    ("lognormal", 0.4),
    ("lognormal", 0.5),
    ("lognormal_mean", 0.3),
    ("lognormal_mean", 0.35),
    ("student_t", 0.2),
    ("student_t", 0.25),
    ("student_t", 0.3),
    ("student_t", 0.35),
    ("gamma", 0.3),
    ("gamma", 0.35),
    ("lognormal", 0.3, 0.2),
    ("lognormal", 0.3, 0.35),
    ("lognormal", 0.3, 0.5),
    ("lognormal", 0.3, 0.7),
    ("lognormal", 0.3, LOG_UNIFORM),
    ("student_t", 0.3, 0.35),
]
CANDIDATES = [(*one, 0.0)[:3] for one in CANDIDATES]
LOG_3_8 = np.log(0.375)  # of Student's t with 4 degrees of freedom at 0
NODES = 21  # of the average over relative errors, at quantiles of their prior
BOTTOMS = {"stock 0-30 cm": 0.3, "stock 0-100 cm": 1.0}  # m


def log_density(name, relative, seen, modelled):
    """Log density of the observations about modelled SOC, (draws, horizons)."""
    v = ErrorDistribution(name, relative, seen.absolute, seen.weight).variance(modelled)
    o = seen.value
    if name == "gamma":
        return stats.gamma.logpdf(o, 1.0 / v, scale=modelled * v)
    z = (np.log(o / modelled) + (0.5 * v if name == "lognormal_mean" else 0.0)) / np.sqrt(v)
    if name == "student_t":
        of_log = LOG_3_8 - 0.5 * (FREEDOM + 1) * np.log1p(z * z / FREEDOM)
    else:
        of_log = -0.5 * (z * z + np.log(2.0 * np.pi))
    return of_log - 0.5 * np.log(v) - np.log(o)


def relative_errors(relative, spread):
    """Equally probable relative errors of a profile."""
    middle = (np.arange(NODES) + 0.5) / NODES
    if spread == 0.0:
        return [relative]
    if spread == LOG_UNIFORM:
        return MIN_RELATIVE_ERROR * (MAX_RELATIVE_ERROR / MIN_RELATIVE_ERROR) ** middle
    return relative * np.exp(spread * stats.norm.ppf(middle))


def of_profile(name, relative, spread, seen, modelled):
    """Log density of all observations of a profile (draws,), and without each (draws, horizons)."""
    errors = relative_errors(relative, spread)
    log_p = np.stack([log_density(name, error, seen, modelled) for error in errors])
    whole = log_p.sum(axis=-1, keepdims=True)
    mean = -np.log(len(errors))
    without = logsumexp(whole - log_p, axis=0) + mean
    return logsumexp(whole[..., 0], axis=0) + mean, without


def density_without(log_weight, log_p):
    """Log density of each horizon (k,), from log weights without it and log p given the others."""
    weight = np.exp(log_weight - log_weight.max(axis=0))
    weight = np.minimum(weight, weight.mean(axis=0) * np.sqrt(len(weight)))
    return np.log((weight / weight.sum(axis=0) * np.exp(log_p)).sum(axis=0))


def true_quantities(truth, i, rows):
    """True SOC of the horizons and layers and true stocks of profile ``i``."""
    soc = truth["soc"].values[i]
    stocks = {name: MODEL.stock(soc[None], 0.0, bottom) for name, bottom in BOTTOMS.items()}
    return {"horizons": truth["horizon_soc"].values[rows], "layers": soc} | stocks


def measure(folder, run):
    """One row per candidate."""
    posterior = xr.load_dataset(folder / "assimilation" / "site_posteriors.nc")
    forcing = load_site_forcing(folder / "inputs" / "site_forcing.nc")[1]
    path = folder / "raw" / "truth" / "truth_sites.nc"
    truth = xr.load_dataset(path) if path.exists() else None
    size = posterior["row_size"].values.astype(int)
    first = np.cumsum(size) - size
    scores = {candidate: [] for candidate in CANDIDATES}
    sizes = {candidate: [] for candidate in CANDIDATES}
    hits = {candidate: {} for candidate in CANDIDATES}
    with open_observations(folder / "assimilation" / "observations.nc") as reader:
        for i in np.flatnonzero(posterior["status"].values == Status.FITTED):
            seen = reader.observations(int(i))
            if not np.all(seen.weight == 1.0):
                raise SystemExit(f"{folder}: expected unit weights, found others")
            theta = posterior["theta"].values[i].astype(float)
            soc = MODEL.soc(MODEL.steady_state(theta, forcing.take([i])))
            modelled = seen.predict(soc)
            found = {"horizons": modelled, "layers": soc}
            found |= {n: MODEL.stock(soc, 0.0, bottom)[:, None] for n, bottom in BOTTOMS.items()}
            of_run = of_profile(*run, seen, modelled)[0]
            for candidate in CANDIDATES:
                whole, without = of_profile(*candidate, seen, modelled)
                log_weight = whole - of_run
                weight = np.exp(log_weight - log_weight.max())
                weight /= weight.sum()
                sizes[candidate].append(1.0 / (weight**2).sum())
                log_p = density_without(without - of_run[:, None], whole[:, None] - without)
                scores[candidate].append(log_p[~seen.censored])
                if truth is None:
                    continue
                known = true_quantities(truth, i, slice(first[i], first[i] + size[i]))
                for what, true in known.items():
                    below = weight @ (found[what] < true)
                    for level in LEVELS:
                        inside = np.abs(below - 0.5) <= 0.5 * level
                        hits[candidate].setdefault(f"{what} {level:.0%}", []).append(inside)
    base = scores["lognormal", 0.3, 0.0]
    rows = []
    for candidate in CANDIDATES:
        row = dict(zip(("error_model", "relative_error", "spread"), candidate, strict=True))
        row["ess"] = round(float(np.median(sizes[candidate])))
        row["log_density"] = np.concatenate(scores[candidate]).mean()
        # Horizons of a profile belong together: the error is that of means over profiles.
        more = [one - other for one, other in zip(scores[candidate], base, strict=True)]
        row["gain"], row["gain_error"] = mean_and_error([one for one in more if len(one)])
        row |= {what: mean_and_error(one)[0] for what, one in hits[candidate].items()}
        rows.append(row)
    return pd.DataFrame(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="results of a run, as results/twin")
    models = sorted({name for name, *_ in CANDIDATES})
    parser.add_argument("--error-model", choices=models, default="lognormal", help="of the run")
    parser.add_argument("--relative-error", type=float, default=0.3, help="of the run")
    parser.add_argument("--error-spread", type=float, default=0.0, help="of the run, 0 for fixed")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    run = (options.error_model, options.relative_error, options.error_spread)
    if run not in CANDIDATES:
        parser.error("the error model and relative error of the run are none of the candidates")
    start = process_time()
    table = measure(options.folder, run)
    if options.json:
        figures = {"rows": table.round(4).to_dict("records"), "machine": describe()}
        print(json.dumps(figures | {"seconds": round(process_time() - start, 1)}, indent=2))
    else:
        print(table.to_string(index=False, float_format="%.3f"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
