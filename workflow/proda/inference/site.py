"""Site-by-site data assimilation: the posterior of one profile and its diagnostics.

Tao et al. 2020, "Data Assimilation by One-Batch and Site-by-Site". Results depend on seed, profile
id and settings only, not on other profiles.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from proda.arrays import Chains, FloatArray
from proda.config.sections.assimilation import AssimilationSettings
from proda.errors import InputError
from proda.inference import gev
from proda.inference.certificate import STOCK_DEPTHS, Thresholds, certify, diagnosed_stride
from proda.inference.evidence import certificate_values, contraction, stock_values
from proda.inference.metropolis import MetropolisSettings, run_chain
from proda.inference.observations import Observations
from proda.inference.sampler import Chain
from proda.inference.targets import site_target, to_theta
from proda.model import SoilModel
from proda.streams import named_stream, profile_stream

__all__ = [
    "SiteOptions",
    "SitePosterior",
    "Status",
    "assimilate_site",
    "describe_chains",
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
        Settings of a chain.
    seed
        Of the random numbers of all profiles and chains.
    chains
        Number per profile.
    burn_in
        Fraction of the formal run that is discarded.
    draws
        Posterior draws kept, thinned from one chain.
    certificate
        Limits of the certificate.
    """

    sampler: MetropolisSettings = MetropolisSettings()
    seed: int = 0
    chains: int = AssimilationSettings.chains
    burn_in: float = AssimilationSettings.burn_in
    draws: int = AssimilationSettings.site.draws
    certificate: Thresholds = Thresholds()


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


def assimilate_site(
    model: SoilModel,
    profile_id: str,
    load_column: Callable[[], FloatArray],
    load_observations: Callable[[], Observations],
    options: SiteOptions,
) -> SitePosterior:
    """Posterior of one profile; errors in the profile itself become its status and reason.

    Parameters
    ----------
    model
        The soil carbon model.
    profile_id
        Identifier, from which the random numbers follow.
    load_column, load_observations
        Return the prepared column and the Observations; exceptions they raise become the status.
    options
        Settings of the assimilation.
    """
    try:
        observations = load_observations()
        if len(observations.value) < 2:
            raise InputError("observations", "at least two horizons", str(len(observations.value)))
    except (ValueError, ArithmeticError) as error:
        return _unfitted(profile_id, Status.INVALID_OBSERVATIONS, error)
    try:
        column = load_column()
    except (ValueError, ArithmeticError) as error:
        return _unfitted(profile_id, Status.INVALID_FORCING, error)
    try:
        chains = run_chains(model, profile_id, column, observations, options)
    except InputError as error:
        return _unfitted(profile_id, Status.NO_STARTING_POINT, error)
    try:
        values = _evaluate(model, profile_id, column, observations, chains, options)
    except InputError as error:
        return _unfitted(profile_id, Status.FAILED, error)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        log.exception("profile %s", profile_id)
        return _unfitted(profile_id, Status.FAILED, error)
    return SitePosterior(profile_id, Status.FITTED, "", values)


def _unfitted(profile_id: str, status: Status, error: Exception) -> SitePosterior:
    """Posterior of a profile that could not be fitted, with the error as its reason."""
    log.warning("profile %s not fitted (%s): %s", profile_id, status.name.lower(), error)
    return SitePosterior(profile_id, status, str(error), {})


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


def describe_chains(
    model: SoilModel,
    theta: Chains,
    stocks: Chains,
    name: str,
    options: SiteOptions,
) -> dict[str, Any]:
    """Draws, moments, modes, diagnostics and certificate of the chains after burn-in.

    Draws, moments and modes are those of one chain, chosen at random, as in the study.

    Parameters
    ----------
    model
        The soil carbon model.
    theta
        (chains, steps, parameters).
    stocks
        SOC stocks of every n-th draw, n = ``diagnosed_stride``, (chains, draws, stocks).
    name
        Of the chains' random numbers; with the seed it determines the chain that is chosen.
    options
        Settings of the assimilation.

    Raises
    ------
    InputError
        For chains that stand still: their R-hat is infinite or missing, and their posterior a
        point.
    """
    judged = theta[:, :: diagnosed_stride(theta.shape[1])]
    found = certify(judged, stocks, options.certificate, model.parameters.names)
    drawn_chain = int(named_stream(options.seed, name, len(theta)).integers(len(theta)))
    of_chain = theta[drawn_chain]
    _require_moving(theta, found.parameters.rhat, drawn_chain, name)
    fit = gev.fit(of_chain)
    deviation = of_chain.std(axis=0, ddof=1)
    return {
        "theta": of_chain[np.linspace(0, len(of_chain) - 1, options.draws).round().astype(int)],
        "drawn_chain": drawn_chain,
        "mean": of_chain.mean(axis=0),
        "standard_deviation": deviation,
        "contraction": contraction(deviation, model.prior.standard_deviation()),
        "gev_location": fit.location,
        "gev_scale": fit.scale,
        "gev_shape": fit.shape,
        "gev_status": fit.status,
        "mode": fit.mode,
        "draws_per_chain": theta.shape[1],
        **certificate_values(found, theta.shape[2]),
        **stock_values(stocks),
    }


def _require_moving(theta: Chains, rhat: FloatArray, drawn_chain: int, name: str) -> None:
    """Raise InputError if an R-hat is infinite or NaN, or the drawn chain never moves."""
    still = (theta == theta[:, :1]).all(axis=(1, 2))
    if np.isfinite(rhat).all() and not still[drawn_chain]:
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


def _evaluate(
    model: SoilModel,
    profile_id: str,
    column: FloatArray,
    observations: Observations,
    chains: list[Chain],
    options: SiteOptions,
) -> dict[str, Any]:
    """Describe the chains and the fit of their posterior mean to the horizons."""
    sampler = options.sampler
    first = round(options.burn_in * sampler.steps)
    x = np.stack([chain.draws[first:] for chain in chains])
    theta = to_theta(x, sampler.transformed)
    judged = theta[:, :: diagnosed_stride(theta.shape[1])]
    stocks = soc_stocks(model, judged, column[None])
    name = profile_stream(profile_id)
    posterior = describe_chains(model, theta, stocks, name, options)

    physical = model.physical(posterior["theta"])
    soc = model.soc(model.steady_state_in(physical, column[None]))
    residual = observations.predict(soc).mean(axis=0) - observations.value
    spread = float(((observations.value - observations.value.mean()) ** 2).sum())
    r2 = 1.0 - float((residual**2).sum()) / spread if spread > 0.0 else np.nan
    acceptance = np.array([chain.acceptance for chain in chains])
    return posterior | {
        "acceptance": acceptance,
        "proposal_scale": np.array([chain.scale for chain in chains]),
        "r2": r2,
        "rmse": float(np.sqrt((residual**2).mean())),
    }
