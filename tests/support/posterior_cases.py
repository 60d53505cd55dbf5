"""Assimilations so short that a test can run many of them; what they mean is not the point."""

import netCDF4
import numpy as np

from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import LOGNORMAL
from proda.inference.metropolis_settings import PRESETS
from proda.inference.observations import Observations
from proda.inference.observations_file import FIELDS
from proda.inference.rounds import RoundSettings
from proda.inference.site import SiteOptions
from site_cases import MODEL, observe, random_forcing

SHORT = PRESETS["adaptive-metropolis"]._replace(test_steps=200, steps=400)
OPTIONS = SiteOptions(SHORT, seed=2020, chains=3, draws=50)
# The same by trajectories, with the relative error estimated.
TRAJECTORIES = SiteOptions(
    HmcSettings(approach=20, windows=(20, 40), settling=20, max_leapfrog=8),
    seed=2020,
    chains=4,
    draws=50,
    errors=ErrorSettings(LOGNORMAL, estimated=True),
    rounds=RoundSettings(first=20, budget=40),
)


def profile(seed):
    """Prepared column and Observations of a random profile."""
    rng = np.random.default_rng(seed)
    forcing = random_forcing(rng, 1)
    return MODEL.columns(forcing)[0], observe(rng, forcing)


def altered(seen, **changes):
    """The Observations with some fields replaced, past all checks."""
    copy = object.__new__(Observations)
    for name in FIELDS:
        object.__setattr__(copy, name, changes.get(name, getattr(seen, name)))
    return copy


def write_inputs(folder, n, seed=1):
    """Files of n random profiles, as jobs read them: (observations, forcing)."""
    rng = np.random.default_rng(seed)
    forcing = random_forcing(rng, n)
    seen = [observe(rng, forcing.take([i])) for i in range(n)]
    ids = np.array([f"P{10 * i}" for i in range(n)], dtype=object)
    with netCDF4.Dataset(folder / "observations.nc", "w") as file:
        file.createDimension("profile", n)
        file.createDimension("horizon", sum(len(one.value) for one in seen))
        file.createDimension("layer", MODEL.grid.n_layers)
        file.createVariable("profile_id", str, ("profile",))[:] = ids
        file.createVariable("row_size", "i4", ("profile",))[:] = [len(one.value) for one in seen]
        for name in FIELDS:
            axes = ("horizon", "layer") if name == "operator" else ("horizon",)
            values = np.concatenate([getattr(one, name) for one in seen])
            file.createVariable(name, "f8", axes)[:] = values
    with netCDF4.Dataset(folder / "forcing.nc", "w") as file:
        file.structure = MODEL.structure.name
        file.createDimension("profile", n)
        file.createDimension("layer", MODEL.grid.n_layers)
        file.createVariable("profile_id", str, ("profile",))[:] = ids
        for name, values in vars(forcing).items():
            if values is not None:
                axes = ("profile", "layer")[: values.ndim]
                file.createVariable(name, "f8", axes)[:] = values
    return folder / "observations.nc", folder / "forcing.nc"
