"""The posterior of one profile in memory, without the files of the workflow."""

import numpy.typing as npt

from proda.arrays import Horizons
from proda.check import as_array
from proda.config.keys import DEFAULT_SEED, as_plain
from proda.config.sections.assimilation import AssimilationSettings, LikelihoodSettings
from proda.errors import InputError
from proda.inference.observations import Observations, depth_weights, interpolation_matrix
from proda.inference.options import make_options, sampler_settings
from proda.inference.site import SiteOptions, SitePosterior, Status
from proda.inference.site_group import Site, assimilate_site
from proda.model import SoilModel
from proda.model.forcing import Forcing
from proda.model.grid import SoilGrid

__all__ = ["fit_profile", "profile_observations", "site_options"]

KILOGRAM = 1e3  # g


def profile_observations(
    grid: SoilGrid,
    depth: npt.ArrayLike,
    soc_density: npt.ArrayLike,
    likelihood: LikelihoodSettings | None = None,
) -> Observations:
    """Observations of a profile, as the workflow makes them of accepted horizons.

    Parameters
    ----------
    grid
        Soil layers of the model.
    depth
        (horizons,) middle of each horizon, m.
    soc_density
        (horizons,) SOC density, gC m-3.
    likelihood
        Interpolation, weights and errors; None for the defaults.

    Raises
    ------
    InputError
        For arrays of different lengths, and values that are not positive and finite.
    """
    settings = LikelihoodSettings() if likelihood is None else likelihood
    where: Horizons = as_array("depth", depth, (None,), "m")
    value: Horizons = as_array("soc_density", soc_density, where.shape, "gC m-3")
    absolute = KILOGRAM * settings.absolute_error
    return Observations(
        interpolation_matrix(grid.node, where, settings.interpolation),
        value,
        ((settings.relative_error * value) ** 2 + absolute**2) ** 0.5,
        depth_weights(where, settings.weights),
        0.0 * value + absolute,
    )


def site_options(
    settings: AssimilationSettings | None = None, seed: int = DEFAULT_SEED
) -> SiteOptions:
    """Options of the assimilation of a profile.

    Parameters
    ----------
    settings
        Section `assimilation` of the configuration; None for the defaults.
    seed
        Of the random numbers.
    """
    section = as_plain(AssimilationSettings() if settings is None else settings)
    return make_options(sampler_settings(section)["site"], seed)


def fit_profile(
    model: SoilModel,
    forcing: Forcing,
    observations: Observations,
    settings: AssimilationSettings | None = None,
    profile_id: str = "profile",
    seed: int = DEFAULT_SEED,
) -> SitePosterior:
    """Fit the model to one profile.

    Parameters
    ----------
    model
        The soil carbon model.
    forcing
        Of one column.
    observations
        Of the profile.
    settings
        Section `assimilation` of the configuration; None for the defaults.
    profile_id
        Identifier, on which the random numbers depend.
    seed
        Of the random numbers.

    Returns
    -------
    SitePosterior
        The same, to the bit, as the workflow finds for this profile, seed and settings.

    Raises
    ------
    InputError
        If the profile cannot be fitted.
    """
    site = Site(profile_id, lambda: model.columns(forcing)[0], lambda: observations)
    posterior = assimilate_site(model, site, site_options(settings, seed))
    if posterior.status is not Status.FITTED:
        raise InputError(f"profile {profile_id}", "a profile that can be fitted", posterior.reason)
    return posterior
