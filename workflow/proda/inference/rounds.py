"""Sampling in rounds, until every site holds its certificate or its budget is used up.

After the warm-up nothing adapts, so that the rounds of a chain are one chain. Each round is as long
as all before it together, and the last one fills the budget; sites that hold their certificate
leave, the others go on side by side. What a site gets depends on its own draws alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray
from proda.inference.certificate import Certificate
from proda.inference.hmc_run import HmcRun
from proda.inference.sampler import LaneDraws

__all__ = ["Finished", "RoundSettings", "run_rounds"]

# What judging the draws of a single site may raise because of these draws.
OF_A_SITE = (ValueError, ArithmeticError, np.linalg.LinAlgError)


@dataclass(frozen=True)
class RoundSettings:
    """Draws of every chain after the warm-up: of the first round, and of all rounds at most."""

    first: int = 900
    budget: int = 16_000


@dataclass(frozen=True)
class Finished:
    """All rounds of a site.

    Attributes
    ----------
    x
        (chains, draws, d) in the space of the sampler.
    log_density
        (chains, draws) of them.
    certificate, stocks
        Certificate of the draws, and the stocks (chains, draws, stocks) that it is about.
    rounds
        Number of rounds.
    acceptance
        (chains,) fraction of trajectories accepted.
    diverged
        Number of trajectories of all chains that lost their energy.
    step_size, leapfrog
        Of the trajectories.
    """

    x: FloatArray
    log_density: FloatArray
    certificate: Certificate
    stocks: FloatArray
    rounds: int
    acceptance: FloatArray
    diverged: int
    step_size: float
    leapfrog: int


def run_rounds(
    run: HmcRun,
    judge: Callable[[int, FloatArray], tuple[Certificate, FloatArray]],
    settings: RoundSettings,
) -> Iterator[tuple[int, Finished | Exception]]:
    """Draw until every site is certified or its budget is used up.

    Parameters
    ----------
    run
        Chains of one or more sites after their warm-up.
    judge
        Judges the draws (chains, draws, d) of a site, by its number in the run; returns the
        certificate and the stocks that it is about.
    settings
        Lengths of the rounds.

    Yields
    ------
    tuple
        The number of a site that is finished, and its rounds or the error that judging them raised.
    """
    chains = run.settings.chains
    sites = np.flatnonzero(run.started).tolist()
    if not sites:
        return
    run = run.take(np.array(sites))
    parts: dict[int, list[LaneDraws]] = {site: [] for site in sites}
    drawn, rounds = 0, 0
    while sites:
        length = min(max(drawn, settings.first), settings.budget - drawn)
        draws = run.draw(length)
        drawn, rounds = drawn + length, rounds + 1
        going_on = []
        for place, site in enumerate(sites):
            lanes = slice(place * chains, (place + 1) * chains)
            parts[site].append(_of_lanes(draws, lanes))
            x = np.concatenate([part.x for part in parts[site]], axis=1)
            try:
                certificate, stocks = judge(site, x)
            except OF_A_SITE as error:
                yield site, error
                continue
            if not certificate.certified and drawn < settings.budget:
                going_on.append(place)
                continue
            steps = [part.x.shape[1] for part in parts[site]]
            yield (
                site,
                Finished(
                    x,
                    np.concatenate([part.log_density for part in parts[site]], axis=1),
                    certificate,
                    stocks,
                    rounds,
                    np.average([part.acceptance for part in parts[site]], axis=0, weights=steps),
                    int(sum(part.diverged.sum() for part in parts[site])),
                    float(run.step_size[place]),
                    int(run.leapfrog[place]),
                ),
            )
            del parts[site]
        sites = [sites[place] for place in going_on]
        if sites:
            run = run.take(np.array(going_on))


def _of_lanes(draws: LaneDraws, lanes: slice) -> LaneDraws:
    """The draws of some lanes."""
    return LaneDraws(
        draws.x[lanes],
        draws.log_density[lanes],
        draws.acceptance[lanes],
        draws.diverged[lanes],
        draws.outside[lanes],
    )
