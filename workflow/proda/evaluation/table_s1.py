"""Table S1: what is known of every parameter, by method.

Means, standard deviations and variances over the used profiles. Variances are of theta, the
parameter scaled to its prior range, as those the study's text gives: there tau4l2l3, tau4l1 and
fs2s1 have a mean posterior variance above 0.06, tau4s2, tau4s3 and efolding one of 0.04 or less
(a flat prior has 1/12 = 0.083). The table itself is in the supplement of the paper, so that only
these bounds can be shown beside ours.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Mask, Theta
from proda.evaluation.paper_values import paper_value
from proda.evaluation.parameter_means import site_estimates
from proda.evaluation.skill import skill
from proda.evaluation.table_1 import site_sets
from proda.inference.certification import carried_certification
from proda.inference.evidence import MIN_CONTRACTION
from proda.model import SoilModel
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.draws import open_draws
from proda.parameters.methods import RANDOM_SAMPLING, SITE_BY_SITE, blocked_name, is_blocked
from proda.parameters.random_sampling import draws_modes, read_modes

__all__ = ["table_s1"]

POSTERIOR = ("mean", "standard_deviation", "contraction", "gelman_rubin", "rhat")
"""Statistics that files of sampled posteriors hold."""


def table_s1(
    model: SoilModel,
    posteriors_path: str | Path,
    pooled: Mapping[str, str | Path],
    learned: Mapping[str, Theta],
    profiles: pd.DataFrame,
    paper: pd.DataFrame,
) -> pd.DataFrame:
    """Estimates of every parameter; columns of methods that a run does without are absent.

    Parameters
    ----------
    model
        Whose parameters they are.
    posteriors_path
        Posteriors of the sites.
    pooled
        {pooled method: file of its parameter draws}.
    learned
        {learner or <learner>_blocks: theta (profiles, parameters) it predicts}, NaN where it does
        not.
    profiles
        Table of profiles of Pairs.
    paper
        Table of ``read_paper_values``.

    Returns
    -------
    pandas.DataFrame
        A row per parameter: parameter, code_name, meaning, unit, minimum, maximum, clm5_default,
        clm45_default. For site_by_site (means over the profiles) and for pooled methods with a
        sampled posterior (one_batch): <method>_mean (physical), _mean_theta, _variance_theta,
        _variance_over_prior (fraction of the prior variance), _contraction (site by site the
        median), _gelman_rubin, _rhat; for the latter also _sd (physical). site_by_site_informed:
        fraction of the profiles with a contraction of at least MIN_CONTRACTION. <method>_certified:
        fraction of the posteriors that are certified. For other pooled methods mean, sd (physical),
        mean_theta and sd_theta of their draws; for random sampling from modes, those of the
        profiles' modes instead, and random_sampling_sites, the number of modes.
        <learner>_r_training, _held_out, _cross_validation: correlation of its prediction with the
        posterior mean of the profile, NaN where one of them is constant.
        paper_site_by_site_variance: bound in the paper's text.

    Raises
    ------
    InputError
        If a file is of other profiles or parameters.
    """
    parameters = model.parameters
    ids, used = profiles["profile_id"].to_numpy(), profiles["used"].to_numpy()
    sites = {name: site_estimates(posteriors_path, ids, name, used) for name in POSTERIOR}
    columns = {
        "parameter": parameters.names,
        "code_name": parameters.code_names,
        "meaning": parameters.meanings,
        "unit": parameters.units,
        "minimum": parameters.minimum,
        "maximum": parameters.maximum,
        "clm5_default": parameters.clm5_default,
        "clm45_default": parameters.clm45_default,
        **_posterior_columns(
            model,
            SITE_BY_SITE.name,
            {
                "mean": _mean(sites["mean"]),
                "variance": _mean(sites["standard_deviation"] ** 2),
                "contraction": _median(sites["contraction"]),
                "gelman_rubin": _mean(sites["gelman_rubin"]),
                "rhat": _mean(sites["rhat"]),
            },
        ),
        f"{SITE_BY_SITE.name}_informed": _mean(
            np.where(
                np.isnan(sites["contraction"]),
                np.nan,
                sites["contraction"] >= MIN_CONTRACTION,
            )
        ),
        f"{SITE_BY_SITE.name}_certified": profiles["certified"].to_numpy(bool)[used].mean(),
    }
    for name, path in pooled.items():
        if name == RANDOM_SAMPLING.name and draws_modes(path):
            modes = read_modes(posteriors_path, ids, used)
            columns |= _sample_columns(model, name, modes)
            columns[f"{name}_sites"] = (~np.isnan(modes)).sum(axis=0)
        else:
            columns |= _pooled_columns(model, name, path)
    members = site_sets(profiles)
    for name in (name for name in learned if not is_blocked(name)):
        for where in ("training", "held_out"):
            columns[f"{name}_r_{where}"] = _correlations(
                sites["mean"], learned[name], members[where]
            )
        blocked = learned.get(blocked_name(name))
        if blocked is not None:
            where = "cross_validation"
            columns[f"{name}_r_{where}"] = _correlations(sites["mean"], blocked, members[where])
    columns[f"paper_{SITE_BY_SITE.name}_variance"] = [
        _paper_bound(paper, name) for name in parameters.code_names
    ]
    return pd.DataFrame(columns)


def _posterior_columns(
    model: SoilModel, method: str, found: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """Columns of a sampled posterior; statistics (parameters,) of theta."""
    prior = model.prior.standard_deviation**2
    return {
        f"{method}_mean": model.parameters.to_physical(found["mean"]),
        f"{method}_mean_theta": found["mean"],
        f"{method}_variance_theta": found["variance"],
        f"{method}_variance_over_prior": found["variance"] / prior,
        f"{method}_contraction": found["contraction"],
        f"{method}_gelman_rubin": found["gelman_rubin"],
        f"{method}_rhat": found["rhat"],
    }


def _sample_columns(model: SoilModel, method: str, theta: Theta) -> dict[str, FloatArray]:
    """Columns of a sample of parameter sets (n, parameters), NaN where not known."""
    spread = model.parameters.maximum - model.parameters.minimum
    mean = _mean(theta)
    deviation = np.sqrt(_mean((theta - mean) ** 2))
    return {
        f"{method}_mean": model.parameters.to_physical(mean),
        f"{method}_sd": deviation * spread,
        f"{method}_mean_theta": mean,
        f"{method}_sd_theta": deviation,
    }


def _pooled_columns(model: SoilModel, method: str, path: str | Path) -> dict[str, Any]:
    """Columns of a pooled method: of its posterior if the file has one, else of its draws."""
    with open_netcdf(path, "parameter draws") as file:
        check_scaling(path, file, model)
        state = carried_certification(path, file)
        sampled = all(name in file.variables for name in POSTERIOR)
        found = {name: np.asarray(file[name][:]) for name in POSTERIOR if sampled}
    if not sampled:
        with open_draws(path, model) as draws:
            return _sample_columns(model, method, draws.at_profiles()[0])
    spread = model.parameters.maximum - model.parameters.minimum
    found["variance"] = found["standard_deviation"] ** 2
    columns = _posterior_columns(model, method, found)
    return columns | {
        f"{method}_sd": found["standard_deviation"] * spread,
        f"{method}_certified": float(state["certified"]),
    }


def _median(values: FloatArray) -> FloatArray:
    """Median over the first axis of what is known, NaN where nothing is."""
    known = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.median(column) if column.size else np.nan for column in known])


def _mean(values: FloatArray) -> FloatArray:
    """Mean over the first axis of what is known, NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    return np.divide(
        np.where(known, values, 0.0).sum(axis=0),
        count,
        out=np.full(values.shape[1], np.nan),
        where=count > 0,
    )


def _correlations(target: Theta, predicted: Theta, members: Mask) -> list[float]:
    """Correlation of each parameter at the members where both are known."""
    members = members & ~np.isnan(target + predicted).any(axis=1)
    return [skill(target[members, k], predicted[members, k]).r for k in range(target.shape[1])]


def _paper_bound(paper: pd.DataFrame, code_name: str) -> str:
    """Bound of the posterior variance that the paper's text states, or nothing."""
    key = ("table_s1", SITE_BY_SITE.name, "posterior_variance", code_name)
    _, low, high = paper_value(paper, *key)
    return f"> {low:g}" if low == low else f"<= {high:g}" if high == high else ""
