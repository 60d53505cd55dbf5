"""Mean over places about one parameter set for all of them, where the model is their median.

With one parameter set the modelled SOC m of a place is that of all places with its forcing, about
which they scatter. Where the error model has m as the median, half of the places have more, but a
total is a sum over places, hence of means: made of medians it is too low. Whatever the shape of
the scatter, if errors of measurement have mean zero, the mean over places is f m with

    f = sum_i g_i sum_k w_k o_k / sum_i g_i sum_k w_k m_k

over the profiles i and their horizons k, with the weights w of the likelihood: the ratio estimator
of survey sampling (Cochran 1977, chapter 6). It has m of a posterior draw, and weights g of its
own for every draw, independent and standard exponential (the Bayesian bootstrap, Rubin 1981), so
that the draws of f hold both what the posterior leaves unknown and what a finite number of
profiles does. A profile counts as a whole, because its horizons deviate together.

A log-normal scatter would have f = exp(s^2 / 2) with s its standard deviation. On real soils the
upper tail is lighter than that, and the mean of a log-normal distribution far too high.
"""

from collections.abc import Sequence

import numpy as np

from proda.arrays import FloatArray, Theta
from proda.inference.observations import Observations
from proda.model import SoilModel

__all__ = ["mean_over_median"]


def mean_over_median(
    model: SoilModel,
    theta: Theta,
    columns: FloatArray,
    observations: Sequence[Observations],
    stream: np.random.Generator,
) -> FloatArray:
    """Factor from the median to the mean over places, for every draw.

    Parameters
    ----------
    model
        The soil carbon model.
    theta
        (draws, parameters) posterior draws of one parameter set for all places.
    columns
        (n, rows, layers) prepared forcing of the profiles.
    observations
        Of the n profiles. An observation below a detection limit counts with the limit.
    stream
        Of the weights of the profiles.

    Returns
    -------
    ndarray
        (draws,)
    """
    physical = model.physical(theta)
    observed, modelled = np.zeros(len(theta)), np.zeros(len(theta))
    for column, seen in zip(columns, observations, strict=True):
        soc = model.soc(model.steady_state_in(physical, column[None]))
        # Summed over the horizons first, as one functional of the layers.
        functional = (seen.weight[:, None] * seen.operator).sum(axis=0)
        g = stream.standard_exponential(len(theta))
        observed += g * (seen.weight * seen.value).sum()
        modelled += g * (soc * functional).sum(axis=-1)
    return observed / modelled
