"""Blocks of a few cells for runs through time."""

from dataclasses import replace

import numpy as np

from proda.data.series import SeriesCells
from proda.model import MatrixModel
from proda.transient.parameter_sets import set_of_theta
from proda.transient.results import BlockResult, Status
from proda.transient.scenarios import SCENARIOS
from series_cases import series_of

BASE = (1900, 1902)


def block(structure="clm45-10", n=5, years=8, seed=0, **others):
    """A model and a series of n cells, whose first three years are the base."""
    others.setdefault("base_years", BASE)
    return MatrixModel(structure), series_of(structure, n, years, seed, **others)


def theta_of(model, n, members=2, seed=0):
    """(n, members, parameters) in the middle of the prior, with feasible input fractions."""
    rng = np.random.default_rng(seed)
    theta = rng.uniform(0.3, 0.6, (n, members, len(model.parameters)))
    theta[..., model.prior.fractions] = 0.2
    return theta


def sets_of(model, series, **members):
    """Sets of random parameters by name."""
    return [
        set_of_theta(name, model, theta_of(model, len(series), count, seed), len(series))
        for seed, (name, count) in enumerate(members.items())
    ]


# Change of soil organic carbon of the region, Pg, by set, members and scenario.
CHANGES = {
    "truth": [{"static": 0.0, "input_only": 5.0, "climate_only": -3.0, "all": 1.5}],
    "one_batch": [
        {"static": 0.0, "input_only": 2.0, "climate_only": -2.0, "all": -2.0},
        {"static": 0.0, "input_only": 2.0, "climate_only": -4.0, "all": 1.0},
    ],
    "neural_network": [{"static": 0.1, "input_only": 4.0, "climate_only": -2.0, "all": 3.1}],
}


def result_of(changes, cells=2):
    """Totals and maps with these changes, the same in all cells of 1e12 m2."""
    members = np.array([len(of_set) for of_set in changes.values()])
    places = replace(SeriesCells.plain(cells), area_m2=np.full(cells, 1e12))
    result = BlockResult(places, [1900, 1901], tuple(SCENARIOS), tuple(changes), members, 0)
    result.status[:] = Status.RUN
    flat = [of_member for of_set in changes.values() for of_member in of_set]
    for run, of_member in enumerate(flat):
        result.initial_soc[run] = 25.0
        for s, scenario in enumerate(result.scenarios):
            result.stocks[s, :, run] = 10.0
            result.stocks[s, 2, run, 3, 0] += of_member[scenario]
            result.final_soc[s, run] = 25.0
            result.final_soc[s, run, :, 0] += of_member[scenario] / cells
    return result
