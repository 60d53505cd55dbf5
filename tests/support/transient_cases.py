"""Blocks of a few cells for runs through time."""

import numpy as np

from proda.model import MatrixModel
from proda.transient.parameter_sets import set_of_theta
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
