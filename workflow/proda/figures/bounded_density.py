"""Smooth probability densities of values that cannot leave [0, 1]."""

import numpy as np
from scipy.fft import dct, idct

from proda.check import check_range
from proda.errors import InputError

__all__ = ["bounded_density"]


def bounded_density(name, values, bins=1024):
    """Gaussian kernel density on [0, 1]: (centres, density), each (bins,), of mean one.

    The curve is reflected at both bounds, so that no probability leaks out and a posterior at a
    bound keeps its height there. Smoothing the histogram in the cosine transform is that
    reflection to all orders, and keeps the area of one exactly (Botev et al. 2010, doi
    10.1214/10-AOS799). The bandwidth is Silverman's (1986, eq. 3.31), of at least two bins.
    values: any shape; missing ones are left out. Raises InputError for none left and for values
    outside [0, 1].
    """
    values = np.ravel(values)
    values = values[~np.isnan(values)]
    if not len(values):
        raise InputError(name, "values to draw a density of", "none")
    check_range(name, values, 0.0, 1.0)
    spread = values.std()
    middle = np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.34
    # Half the values at one place have no middle spread; the bandwidth then follows the others.
    spread = min(spread, middle) if middle > 0 else spread
    bandwidth = max(0.9 * spread * len(values) ** -0.2, 2.0 / bins)
    counts, edges = np.histogram(values, bins, (0.0, 1.0))
    waves = dct(counts / len(values) * bins, norm="ortho")
    waves *= np.exp(-0.5 * (np.pi * np.arange(bins) * bandwidth) ** 2)
    # Rounding leaves negative dust far from the data.
    return (edges[1:] + edges[:-1]) / 2, np.maximum(idct(waves, norm="ortho"), 0.0)
