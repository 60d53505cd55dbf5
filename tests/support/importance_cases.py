"""A world in which texture alone drives carbon use efficiency, and climate follows texture."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from learning_cases import cells_of
from proda.analysis.importance import learned_mechanisms, site_targets
from proda.inference.observations import interpolation_matrix
from proda.learning.data import LearningData
from proda.learning.splits import make_splits
from proda.model.mechanisms import CARBON_USE_EFFICIENCY, parameters_of
from proda.model.processes import processes_of
from proda.model.structures import get_structure
from projection_cases import forcing_of
from site_cases import MODEL

GROUPS = {
    "Clay": "texture",
    "Sand": "texture",
    "BIO1": "climate",
    "BIO12": "climate",
    "pH": "chemistry",
    "NPP": "vegetation",
}
DEPTH = np.array([0.05, 0.3, 1.0])


def driven_by_texture(n=240, folds=3, seed=11, correlation=0.8):
    """LearningData, splits and targets of n profiles.

    All have the same forcing; clay and sand set the transfer fractions of carbon use efficiency,
    and nothing sets the other parameters, which vary from site to site. ``correlation`` is that of
    climate with texture.
    """
    rng = np.random.default_rng(seed)
    normal = rng.standard_normal((n + 48, len(GROUPS)))
    for climate, texture in ((2, 0), (3, 1)):
        own = np.sqrt(1 - correlation**2)
        normal[:, climate] = correlation * normal[:, texture] + own * normal[:, climate]
    covariates = pd.DataFrame(normal, columns=list(GROUPS))
    ids = np.array([f"P{i:03}" for i in range(n)])
    sites = covariates.iloc[:n].set_axis(pd.Index(ids, name="profile_id"))
    cells = cells_of()
    theta = np.full((n, len(MODEL.parameters)), 0.4) + rng.uniform(-0.05, 0.05, (n, 25))
    structure = get_structure(MODEL.structure.name)
    score = (normal[:n, 0] - normal[:n, 1]) / np.sqrt(2)
    driven = parameters_of(structure, CARBON_USE_EFFICIENCY)
    theta[:, driven] = ndtr(0.8 * score)[:, None]
    kinds = dict.fromkeys(GROUPS, "continuous")
    data = LearningData(kinds, ids, sites, covariates.iloc[n:], cells, theta)
    lon, lat = -100 + 4 * rng.random(n), 35 + 3 * rng.random(n)
    splits = make_splits(ids, lon, lat, np.ones(n, bool), cells, 7, 0.5, folds)
    forcing = forcing_of(rng, 1).take(np.zeros(n, int))
    processes = processes_of(MODEL, MODEL.physical(theta), forcing)
    mechanisms = learned_mechanisms(MODEL.structure.name)
    means = np.column_stack([processes[one.value] for one in mechanisms])
    operator = np.tile(interpolation_matrix(MODEL.grid.node, DEPTH), (n, 1))
    sizes = np.full(n, len(DEPTH))
    pools = MODEL.steady_state_in(MODEL.physical(theta), MODEL.columns(forcing), np.arange(n))
    at_depth = (operator * np.repeat(MODEL.soc(pools), len(DEPTH), axis=0)).sum(axis=1)
    observed = at_depth * np.exp(0.2 * rng.standard_normal(len(at_depth)))
    targets = site_targets(mechanisms, means, sizes, operator, observed, MODEL.columns(forcing))
    return data, splits, targets
