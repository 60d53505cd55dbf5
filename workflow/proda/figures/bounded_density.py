"""Smooth probability densities of values that cannot leave [0, 1]."""

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, idct

from proda.arrays import FloatArray
from proda.check import check_range
from proda.errors import InputError

__all__ = ["bounded_density"]


def bounded_density(
    name: str, values: npt.ArrayLike, bins: int = 1024
) -> tuple[FloatArray, FloatArray]:
    """Gaussian kernel density on [0, 1], of mean one.

    The curve is reflected at both bounds, so that no probability is lost and a posterior at a bound
    keeps its height there. Smoothing the histogram in the cosine transform is that reflection to
    all orders, and keeps the area of one exactly (Botev et al. 2010, doi 10.1214/10-AOS799). The
    bandwidth is Silverman's (1986, eq. 3.31), of at least two bins.

    Parameters
    ----------
    name
        Of the values, for messages.
    values
        Any shape; missing ones are ignored.
    bins
        Number of bins.

    Returns
    -------
    tuple
        Centres and density, (bins,) each.

    Raises
    ------
    InputError
        If no value is left, and for values outside [0, 1].
    """
    known = np.ravel(np.asarray(values, dtype=np.float64))
    known = known[~np.isnan(known)]
    if not len(known):
        raise InputError(name, "values to draw a density of", "none")
    check_range(name, known, 0.0, 1.0)
    spread = known.std()
    middle = np.subtract(*np.quantile(known, [0.75, 0.25])) / 1.34
    # The interquartile range is zero if half the values are equal; then the others count.
    spread = min(spread, middle) if middle > 0 else spread
    bandwidth = max(0.9 * spread * len(known) ** -0.2, 2.0 / bins)
    counts, edges = np.histogram(known, bins, (0.0, 1.0))
    waves = dct(counts / len(known) * bins, norm="ortho")
    waves *= np.exp(-0.5 * (np.pi * np.arange(bins) * bandwidth) ** 2)
    # Rounding leaves tiny negative values far from the data.
    return (edges[1:] + edges[:-1]) / 2, np.maximum(idct(waves, norm="ortho"), 0.0)
