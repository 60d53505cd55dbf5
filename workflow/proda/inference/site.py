"""Site-by-site data assimilation: the posterior of one profile and its diagnostics.

Tao et al. 2020, "Data Assimilation by One-Batch and Site-by-Site". Results depend on seed, profile
id and settings only, not on other profiles.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from proda.arrays import Chains, Counts, Draws, FloatArray
from proda.config.sections.assimilation import AssimilationSettings
from proda.errors import InputError
from proda.inference import gev
from proda.inference.certificate import (
    STOCK_DEPTHS,
    Certificate,
    Thresholds,
    certify,
    diagnosed_stride,
)
from proda.inference.evidence import certificate_values, contraction, stock_values
from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings, relative_error
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.observations import Observations
from proda.inference.rounds import Finished, RoundSettings
from proda.inference.sampler import Chain
from proda.inference.targets import site_target, to_theta
from proda.model import SoilModel
from proda.streams import named_stream, profile_stream

__all__ = [
    "SiteOptions",
    "SitePosterior",
    "Status",
    "describe_rounds",
    "describe_walk",
    "fit_of_draws",
    "judge_draws",
    "run_chains",
    "soc_stocks",
]

log = logging.getLogger(__name__)


KILOGRAM = 1e3  # g


class Status(IntEnum):
    """How the assimilation of a profile ended."""

    FITTED = 0
    INVALID_OBSERVATIONS = 1
    INVALID_FORCING = 2
    NO_STARTING_POINT = 3
    FAILED = 4


@dataclass(frozen=True)
class SiteOptions:
    """Settings of the assimilation of every profile.

    Attributes
    ----------
    sampler
        Settings of a random walk, or of trajectories in lanes.
    seed
        Of the random numbers of all profiles and chains.
    chains
        Number per profile.
    draws
        Posterior draws kept.
    certificate
        Limits of the certificate.
    burn_in
        Fraction of a random walk that is discarded.
    errors
        Distribution of the errors of the horizons; a random walk takes that of the study, with the
        standard deviations of the observations.
    rounds
        Draws of trajectories, round by round.
    """

    sampler: MetropolisSettings | HmcSettings = MetropolisSettings()
    seed: int = 0
    chains: int = AssimilationSettings.chains
    draws: int = AssimilationSettings.site.draws
    certificate: Thresholds = Thresholds()
    burn_in: float = AssimilationSettings.burn_in
    errors: ErrorSettings = ErrorSettings()
    rounds: RoundSettings = RoundSettings()


@dataclass(frozen=True)
class SitePosterior:
    """Posterior of one profile.

    Attributes
    ----------
    profile_id
        Identifier of the profile.
    status
        How the assimilation ended.
    reason
        Why the profile could not be fitted, else empty.
    values
        Names of proda.inference.posterior_file.VARIABLES with arrays without the profile axis;
        empty if the profile could not be fitted.
    """

    profile_id: str
    status: Status
    reason: str
    values: dict[str, Any]


def run_chains(
    model: SoilModel,
    profile_id: str,
    column: FloatArray,
    observations: Observations,
    options: SiteOptions,
) -> list[Chain]:
    """Run all chains of one profile.

    Parameters
    ----------
    model
        The soil carbon model.
    profile_id
        Identifier, on which the random numbers depend.
    column
        Forcing of the profile, prepared by ``model.columns``, (rows, layers).
    observations
        Its observed SOC, with operator, standard deviations and weights.
    options
        Sampler, number of chains and seed.

    Raises
    ------
    InputError
        If a chain finds no starting point.
    """
    sampler = options.sampler
    assert isinstance(sampler, MetropolisSettings)
    target = site_target(model, column, observations, sampler.transformed)
    return [
        run_chain(
            target,
            len(model.parameters),
            sampler,
            named_stream(options.seed, profile_stream(profile_id), chain),
        )
        for chain in range(options.chains)
    ]


def soc_stocks(model: SoilModel, theta: Chains, columns: FloatArray) -> FloatArray:
    """Mean SOC stocks of columns, kg m-2, to the depths of the certificate.

    Parameters
    ----------
    model
        The soil carbon model.
    theta
        (chains, draws, parameters).
    columns
        Prepared forcing, (columns, rows, layers).

    Returns
    -------
    ndarray
        (chains, draws, stocks).
    """
    physical = model.physical(theta.reshape(-1, theta.shape[-1]))
    soc = np.zeros((len(physical), model.grid.n_layers))
    for column in columns:
        soc += model.soc(model.steady_state_in(physical, column[None]))
    soc /= KILOGRAM * len(columns)
    stocks = np.stack([model.stock(soc, 0.0, depth) for depth in STOCK_DEPTHS], axis=-1)
    return stocks.reshape(*theta.shape[:2], len(STOCK_DEPTHS))


def _describe(
    model: SoilModel,
    draws: Draws,
    stocks: Chains,
    found: Certificate,
    kept: int,
) -> dict[str, Any]:
    """Draws, moments, modes, stocks and certificate of a posterior.

    Parameters
    ----------
    model
        The soil carbon model.
    draws
        (draws, parameters) that describe it.
    stocks
        SOC stocks of all chains, (chains, draws, stocks).
    found
        Certificate of all chains.
    kept
        Number of draws that are kept, thinned evenly.
    """
    fit = gev.fit(draws)
    deviation = draws.std(axis=0, ddof=1)
    return {
        "theta": draws[_even(len(draws), kept)],
        "mean": draws.mean(axis=0),
        "standard_deviation": deviation,
        "contraction": contraction(deviation, model.prior.standard_deviation),
        "gev_location": fit.location,
        "gev_scale": fit.scale,
        "gev_shape": fit.shape,
        "gev_status": fit.status,
        "mode": fit.mode,
        **certificate_values(found, draws.shape[1]),
        **stock_values(stocks),
    }


def describe_walk(
    model: SoilModel, chains: Sequence[Chain], name: str, columns: FloatArray, options: SiteOptions
) -> dict[str, Any]:
    """Description of a posterior by random walks, after burn-in.

    Draws, moments and modes are those of one chain, chosen at random, as in the study.

    Parameters
    ----------
    model
        The soil carbon model.
    chains
        Of the posterior.
    name
        Of the chains' random numbers; with the seed it determines the chain that is chosen.
    columns
        Prepared forcing, (columns, rows, layers), over which stocks are averaged.
    options
        Settings of the assimilation.

    Raises
    ------
    InputError
        For chains that stand still: their R-hat is infinite or missing, and their posterior a
        point.
    """
    sampler = options.sampler
    assert isinstance(sampler, MetropolisSettings)
    first = round(options.burn_in * sampler.steps)
    theta = to_theta(np.stack([chain.draws[first:] for chain in chains]), sampler.transformed)
    judged = theta[:, :: diagnosed_stride(theta.shape[1])]
    stocks = soc_stocks(model, judged, columns)
    found = certify(judged, stocks, options.certificate, model.parameters.names)
    drawn_chain = int(named_stream(options.seed, name, len(theta)).integers(len(theta)))
    _require_moving(theta, found.parameters.rhat, drawn_chain, name)
    return _describe(model, theta[drawn_chain], stocks, found, options.draws) | {
        "drawn_chain": drawn_chain,
        "draws_per_chain": theta.shape[1],
        "rounds": 1,
        "acceptance": np.array([chain.acceptance for chain in chains]),
        "proposal_scale": np.array([chain.scale for chain in chains]),
        "divergences": 0,  # a random walk has no energy to lose
    }


def describe_rounds(
    model: SoilModel, finished: Finished, name: str, options: SiteOptions
) -> dict[str, Any]:
    """Description of the trajectories of a posterior, of all chains together.

    Parameters
    ----------
    model
        The soil carbon model.
    finished
        All rounds, judged.
    name
        Of the posterior, for messages.
    options
        Settings of the assimilation.

    Raises
    ------
    InputError
        For chains that stand still.
    """
    parameters = len(model.parameters)
    pooled = to_theta(finished.x.reshape(-1, finished.x.shape[-1]), True)
    _require_moving(finished.x, finished.certificate.parameters.rhat, None, name)
    posterior = _describe(
        model, pooled[:, :parameters], finished.stocks, finished.certificate, options.draws
    )
    if options.errors.estimated:
        places = _even(len(pooled), options.draws)
        posterior["relative_error"] = relative_error(pooled[places, parameters], options.errors)
    return posterior | {
        "draws_per_chain": finished.x.shape[1],
        "rounds": finished.rounds,
        "acceptance": finished.acceptance,
        "proposal_scale": np.full(options.chains, finished.step_size),
        "divergences": finished.diverged,
    }


def judge_draws(
    model: SoilModel, x: FloatArray, columns: FloatArray, thresholds: Thresholds
) -> tuple[Certificate, FloatArray]:
    """Certificate of draws in the transformed space, and the SOC stocks that it is about.

    Parameters
    ----------
    model
        The soil carbon model.
    x
        (chains, draws, d); dimensions beyond the parameters are that of the relative error.
    columns
        Prepared forcing, (columns, rows, layers), over which stocks are averaged.
    thresholds
        Limits of the certificate.
    """
    judged = to_theta(x[:, :: diagnosed_stride(x.shape[1])], True)
    stocks = soc_stocks(model, judged[..., : len(model.parameters)], columns)
    names = (*model.parameters.names, "relative_error")[: x.shape[-1]]
    return certify(judged, stocks, thresholds, names), stocks


def fit_of_draws(
    model: SoilModel, theta: Draws, column: FloatArray, observations: Observations
) -> dict[str, float]:
    """R2 against the 1:1 line and root mean square error of the posterior mean at the horizons."""
    soc = model.soc(model.steady_state_in(model.physical(theta), column[None]))
    residual = observations.predict(soc).mean(axis=0) - observations.value
    spread = float(((observations.value - observations.value.mean()) ** 2).sum())
    return {
        "r2": 1.0 - float((residual**2).sum()) / spread if spread > 0.0 else np.nan,
        "rmse": float(np.sqrt((residual**2).mean())),
    }


def _even(count: int, kept: int) -> Counts:
    """Positions of ``kept`` of ``count`` draws, evenly."""
    return np.linspace(0, count - 1, kept).round().astype(np.int64)


def _require_moving(theta: Chains, rhat: FloatArray, drawn_chain: int | None, name: str) -> None:
    """Raise InputError if an R-hat is infinite or NaN, or the chain in use never moves."""
    still = (theta == theta[:, :1]).all(axis=(1, 2))
    stands = still.all() if drawn_chain is None else still[drawn_chain]
    if np.isfinite(rhat).all() and not stands:
        return
    found = f"{int(still.sum())} of {len(still)} that stand still"
    if np.isinf(rhat).any():
        found += f", an infinite R-hat of {int(np.isinf(rhat).sum())} of {rhat.size} parameters"
    hint = (
        "does a value near 0 outweigh all others (profiles.detection_limit)? Or are there too few"
    )
    raise InputError(
        f"{name}, chains after burn-in",
        "chains that move",
        found,
        f"{hint} steps to find a step size?",
    )
