"""Site-by-site data assimilation: the posterior of one profile, with its evidence.

Tao et al. 2020, "Data Assimilation by One-Batch and Site-by-Site". Results depend on seed, profile
id and settings only, whatever else runs beside.
"""

import logging
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from proda.config.sections.assimilation import AssimilationSettings
from proda.errors import InputError
from proda.inference import gev
from proda.inference.convergence import diagnose
from proda.inference.metropolis import Sampler, run_chain
from proda.inference.targets import site_target, to_theta
from proda.streams import named_stream, profile_stream

__all__ = [
    "SiteOptions",
    "SitePosterior",
    "Status",
    "assimilate_site",
    "describe_chains",
    "run_chains",
]

log = logging.getLogger(__name__)


# Draws per chain that are ranked for diagnostics. Autocorrelation reaches over hundreds of steps:
# all draws would tell the same and cost half as much as the chains.
DIAGNOSED_DRAWS = 3_000


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

    burn_in: share of the formal run left out. draws: posterior draws kept, thinned from one chain.
    """

    sampler: Sampler = Sampler()
    seed: int = 0
    chains: int = AssimilationSettings.chains
    burn_in: float = AssimilationSettings.burn_in
    draws: int = AssimilationSettings.site.draws


@dataclass(frozen=True)
class SitePosterior:
    """Posterior of one profile; d parameters, l layers, h horizons, c chains.

    values maps names of proda.inference.posterior_file.VARIABLES to arrays without the profile
    axis; it is empty if the profile could not be fitted, and ``reason`` says why.
    """

    profile_id: str
    status: Status
    reason: str
    values: dict


def assimilate_site(model, profile_id, load_column, load_observations, options):
    """Posterior of one profile; never raises for what is wrong with the profile itself.

    load_column, load_observations: callables without arguments that return the prepared column and
    the Observations; what they raise becomes status and reason. Returns a SitePosterior.
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


def _unfitted(profile_id, status, error):
    log.warning("profile %s not fitted (%s): %s", profile_id, status.name.lower(), error)
    return SitePosterior(profile_id, status, str(error), {})


def run_chains(model, profile_id, column, observations, options):
    """All chains of one profile. Raises InputError if one finds no starting point."""
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


def describe_chains(theta, name, options, stride=1):
    """Draws, moments, modes and diagnostics of the chains after burn-in.

    theta: (chains, steps, parameters). Draws, moments and modes are those of one chain, chosen at
    random from the seed and the ``name`` of the chains' random numbers, as in the study;
    diagnostics are of every ``stride``-th draw of all. Returns a dict of arrays. Raises InputError
    for chains that stand still: they have an infinite R-hat or none, and a point for a posterior.
    """
    diagnostics = diagnose(theta[:, ::stride])
    drawn_chain = int(named_stream(options.seed, name, len(theta)).integers(len(theta)))
    of_chain = theta[drawn_chain]
    _require_moving(theta, diagnostics.rhat, drawn_chain, name)
    fit = gev.fit(of_chain)
    return {
        "theta": of_chain[np.linspace(0, len(of_chain) - 1, options.draws).round().astype(int)],
        "drawn_chain": drawn_chain,
        "mean": of_chain.mean(axis=0),
        "standard_deviation": of_chain.std(axis=0, ddof=1),
        "gev_location": fit.location,
        "gev_scale": fit.scale,
        "gev_shape": fit.shape,
        "gev_status": fit.status,
        "mode": fit.mode,
        "gelman_rubin": diagnostics.gelman_rubin,
        "rhat": diagnostics.rhat,
        "ess_bulk": diagnostics.ess_bulk,
        "ess_tail": diagnostics.ess_tail,
    }


def _require_moving(theta, rhat, drawn_chain, name):
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


def _evaluate(model, profile_id, column, observations, chains, options):
    sampler = options.sampler
    first = round(options.burn_in * sampler.steps)
    x = np.stack([chain.draws[first:] for chain in chains])
    theta = to_theta(x, sampler.transformed)
    stride = max(1, theta.shape[1] // DIAGNOSED_DRAWS)
    posterior = describe_chains(theta, profile_stream(profile_id), options, stride)

    physical = model.physical(posterior["theta"])
    soc = model.soc(model.steady_state_in(physical, column[None]))
    predicted = observations.predict(soc)
    mean = predicted.mean(axis=0)
    residual = mean - observations.value
    spread = float(((observations.value - observations.value.mean()) ** 2).sum())
    r2 = 1.0 - float((residual**2).sum()) / spread if spread > 0.0 else np.nan
    acceptance = np.array([chain.acceptance for chain in chains])
    return posterior | {
        "acceptance": acceptance,
        "proposal_scale": np.array([chain.scale for chain in chains]),
        "soc_mean": soc.mean(axis=0),
        "soc_p05": np.quantile(soc, 0.05, axis=0),
        "soc_p95": np.quantile(soc, 0.95, axis=0),
        "predicted_mean": mean,
        "predicted_p05": np.quantile(predicted, 0.05, axis=0),
        "predicted_p95": np.quantile(predicted, 0.95, axis=0),
        "r2": r2,
        "rmse": float(np.sqrt((residual**2).mean())),
    }
