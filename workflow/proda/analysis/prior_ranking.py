"""Ranking of the mechanisms under narrower and wider priors of the turnover times of SOC.

Carbon use efficiency and turnover times enter the stock nearly as a product, so that their ranks
may follow from the ranges of their priors. The prior is uniform in the normalised parameters; here
each turnover time tau of a SOC pool gets the symmetric beta distribution with parameter a instead,

    p(theta) ~ prod_tau (theta_tau (1 - theta_tau))^(a - 1),

narrower than uniform for a > 1 (standard deviation 0.22 for 2, 0.17 for 4), wider, with more weight
near the bounds, for a < 1 (0.35 for 0.5), and the prior of the run for a = 1 (0.29). Posteriors
under these priors follow from the draws of the run by importance reweighting with weights p, which
is exact as far as the effective number of draws (sum w)^2 / sum w^2 suffices; no profile is fitted
again. Priors that reach beyond the bounds of the parameter table are out of reach of it; sites are
fitted again under these (``proda.analysis.wider_priors``).

Per site n and prior: mean stock C_n, means and standard deviations m_nm, s_nm of ln P_m, mean
elasticity E_nm of the stock and the correlation of efficiency with decomposition. Over the sites,

    per cent         sum_n C_n E_nm / sum_n C_n             change of the stock in % per % of P_m
    spatial sd       the same times the sd over the sites of m_nm
    posterior sd     sum_n C_n E_nm s_nm / sum_n C_n

and mechanisms are ranked by the absolute value of each.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from proda.analysis.places import Portion
from proda.analysis.sensitivity import VALUES
from proda.analysis.site_mechanisms import CONSTANT
from proda.arrays import FloatArray, Mask, Parameters
from proda.model import SoilModel
from proda.model.mechanisms import CARBON_USE_EFFICIENCY, DECOMPOSITION, MECHANISMS
from proda.model.processes.elasticities import STOCK_DEPTHS, elasticities_in
from proda.model.slots import TAU_FAST, TAU_PASSIVE, TAU_SLOW

__all__ = [
    "RankedPrior",
    "SitesUnderPriors",
    "beta_prior",
    "prior_ranking",
    "prior_weights",
    "sites_under_priors",
]

TURNOVER_TIMES = (TAU_FAST, TAU_SLOW, TAU_PASSIVE)
CLOSEST = 1e-6  # of a normalised parameter to its bounds: draws are stored in single precision
TOTAL = STOCK_DEPTHS.index("total")
PAIR = MECHANISMS.index(CARBON_USE_EFFICIENCY), MECHANISMS.index(DECOMPOSITION)
MEASURES = ("per_percent", "per_spatial_sd", "per_posterior_sd")


class RankedPrior(NamedTuple):
    """A prior of the turnover times of SOC.

    Attributes
    ----------
    shape
        Parameter a of the beta distribution; 1 is uniform.
    bounds_factor
        By which its bounds lie apart from those of the run, at either end.
    sd_theta
        Its standard deviation, in units of the run's theta.
    """

    shape: float
    bounds_factor: float
    sd_theta: float


def beta_prior(shape: float) -> RankedPrior:
    """Symmetric beta distribution on the bounds of the run."""
    return RankedPrior(shape, 1.0, 0.5 / float(np.sqrt(2.0 * shape + 1.0)))


@dataclass(frozen=True)
class SitesUnderPriors:
    """n sites under several priors.

    Attributes
    ----------
    effective
        (n, priors) effective number of draws; 0 where a site takes no part.
    stock
        (n, priors) mean, g m-2.
    log_value, log_sd, elasticity
        (n, priors, mechanisms) mean and standard deviation of ln P, and mean elasticity of the
        stock.
    correlation
        (n, priors) of ln values of efficiency and decomposition.
    beyond
        (n, priors) share of the draws in which a turnover time lies beyond the bounds of the run.
    reasons
        Why sites take no part.
    """

    effective: FloatArray
    stock: FloatArray
    log_value: FloatArray
    log_sd: FloatArray
    elasticity: FloatArray
    correlation: FloatArray
    beyond: FloatArray
    reasons: Counter[str] = field(default_factory=Counter)


def prior_weights(model: SoilModel, physical: Parameters, shape: float) -> FloatArray:
    """Weights of draws (..., 26) under another prior, (...), with a largest one of 1.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (..., draws, 26) physical vectors.
    shape
        Parameter a of the beta distribution.
    """
    positions = [list(model.prior.slots).index(slot) for slot in TURNOVER_TIMES]
    lowest, span = model.prior.minimum[positions], model.prior.span[positions]
    theta = np.clip((physical[..., list(TURNOVER_TIMES)] - lowest) / span, CLOSEST, 1.0 - CLOSEST)
    log = (shape - 1.0) * np.log(theta * (1.0 - theta)).sum(axis=-1)
    return np.asarray(np.exp(log - log.max(axis=-1, keepdims=True)))


def sites_under_priors(
    model: SoilModel, places: Iterable[Portion], n: int, shapes: Sequence[float]
) -> SitesUnderPriors:
    """Statistics of the draws of each site under each prior.

    Parameters
    ----------
    model
        The soil carbon model.
    places
        The sites with the draws of their posteriors.
    n
        Number of sites.
    shapes
        Parameters a of the priors.
    """
    p, m = len(shapes), len(MECHANISMS)
    found = SitesUnderPriors(
        effective=np.zeros((n, p)),
        stock=np.full((n, p), np.nan),
        log_value=np.full((n, p, m), np.nan),
        log_sd=np.full((n, p, m), np.nan),
        elasticity=np.full((n, p, m), np.nan),
        correlation=np.full((n, p), np.nan),
        beyond=np.zeros((n, p)),
    )
    for portion in places:
        found.reasons.update(portion.reasons)
        if not len(portion.places):
            continue
        run = elasticities_in(model, portion.physical, portion.columns, portion.column)
        stock = portion.by_place(run.stock[:, TOTAL])
        elasticity = portion.by_place(run.elasticity[:, TOTAL])
        with np.errstate(divide="ignore"):
            logs = np.log(portion.by_place(portion.processes[:, VALUES]))
        physical = portion.by_place(portion.physical)
        for k, shape in enumerate(shapes):
            w = prior_weights(model, physical, shape)
            found.effective[portion.places, k] = w.sum(axis=1) ** 2 / (w**2).sum(axis=1)
            w = w / w.sum(axis=1, keepdims=True)
            with np.errstate(invalid="ignore"):  # a value may be zero or not respond
                mean = (w[..., None] * logs).sum(axis=1)
                deviation = logs - mean[:, None]
                variance = (w[..., None] * deviation**2).sum(axis=1)
                first, second = (deviation[..., i] for i in PAIR)
                covariance = (w * first * second).sum(axis=1)
                correlation = covariance / np.sqrt(variance[:, PAIR[0]] * variance[:, PAIR[1]])
            found.stock[portion.places, k] = (w * stock).sum(axis=1)
            found.log_value[portion.places, k] = mean
            sd = np.sqrt(variance)
            found.log_sd[portion.places, k] = np.where(sd < CONSTANT, 0.0, sd)
            found.elasticity[portion.places, k] = (w[..., None] * elasticity).sum(axis=1)
            found.correlation[portion.places, k] = correlation
    return found


def prior_ranking(
    found: SitesUnderPriors, used: Mask, priors: Sequence[RankedPrior], min_effective: float
) -> pd.DataFrame:
    """Table of the ranking of the mechanisms under each prior.

    Parameters
    ----------
    found
        Of ``sites_under_priors``; the first prior is that of the run.
    used
        (n,) used sites.
    priors
        The priors.
    min_effective
        Smallest effective number of draws of a site that counts under a prior.

    Returns
    -------
    pandas.DataFrame
        A row per prior and mechanism: prior_shape, bounds_factor, prior_sd_theta, mechanism, sites
        that count, sites_without (too few effective draws, not fitted under it, or no values),
        median_effective_draws, median_correlation of efficiency with decomposition,
        beyond_bounds_percent of the draws, and <measure>_percent, its rank (1 for the largest
        absolute value), and both under the run's prior at the same sites.
    """
    rows = []
    for k, prior in enumerate(priors):
        members = used & (found.effective[:, k] >= min_effective)
        here, reference = _measures(found, members, k), _measures(found, members, 0)
        for i, mechanism in enumerate(MECHANISMS):
            row = {
                "prior_shape": prior.shape,
                "bounds_factor": prior.bounds_factor,
                "prior_sd_theta": prior.sd_theta,
                "mechanism": mechanism.name,
                "sites": int(members.sum()),
                "sites_without": int((used & ~members).sum()),
                "median_effective_draws": _median(found.effective[members, k]),
                "median_correlation": _median(found.correlation[members, k]),
                "beyond_bounds_percent": 100.0 * _mean(found.beyond[members, k]),
            }
            for measure in MEASURES:
                row[f"{measure}_percent"] = here[measure][i]
                row[f"{measure}_rank"] = _rank(here[measure])[i]
                row[f"{measure}_percent_run_prior"] = reference[measure][i]
                row[f"{measure}_rank_run_prior"] = _rank(reference[measure])[i]
            rows.append(row)
    return pd.DataFrame(rows)


def _measures(found: SitesUnderPriors, members: Mask, k: int) -> dict[str, FloatArray]:
    """The three measures (mechanisms,) of a prior, in % of the stock."""
    nothing = np.full(len(MECHANISMS), np.nan)
    if not members.any():
        return dict.fromkeys(MEASURES, nothing)
    values = found.log_value[members, k]
    # A value may be undefined at single sites, as transport in a single layer.
    known = np.isfinite(values) & np.isfinite(found.elasticity[members, k])
    stock = np.where(known, found.stock[members, k, None], 0.0)
    elasticity = np.where(known, found.elasticity[members, k], 0.0)
    spread = np.where(known, found.log_sd[members, k], 0.0)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    between = np.sqrt((np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count)
    total = np.where(stock.sum(axis=0) > 0.0, stock.sum(axis=0), np.nan)
    per_percent = (stock * elasticity).sum(axis=0) / total
    return {
        "per_percent": per_percent,
        "per_spatial_sd": 100.0 * between * per_percent,
        "per_posterior_sd": 100.0 * (stock * elasticity * spread).sum(axis=0) / total,
    }


def _rank(values: FloatArray) -> FloatArray:
    """Ranks of absolute values, 1 for the largest, alike where only rounding differs."""
    return pd.Series(np.round(np.abs(values), 9)).rank(ascending=False, method="min").to_numpy()


def _mean(values: FloatArray) -> float:
    """Mean, NaN of none."""
    return float(values.mean()) if values.size else np.nan


def _median(values: FloatArray) -> float:
    """Median of the finite values, NaN of none."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else np.nan
