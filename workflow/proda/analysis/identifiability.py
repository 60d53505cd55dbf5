"""Identifiability of the mechanisms: correlations in the posteriors of the sites.

A posterior in which two mechanisms are correlated by nearly one knows their combination and not
which of them made the carbon. The table summarises the distribution over the sites of the
correlation of each pair (``proda.analysis.site_mechanisms``), and of the posterior spread of each.
"""

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray, Mask
from proda.model.mechanisms import MECHANISMS

__all__ = ["STRONG", "correlation_table", "values_table"]

QUANTILES = {"p05": 0.05, "p25": 0.25, "median": 0.5, "p75": 0.75, "p95": 0.95}
STRONG = 0.7  # absolute correlation from which half of the variance is shared


def correlation_table(sites: xr.Dataset, used: Mask) -> pd.DataFrame:
    """Distribution over the used sites of the correlation of each pair of mechanisms.

    Parameters
    ----------
    sites
        Of ``proda.analysis.site_mechanisms.read_site_mechanisms``.
    used
        (profiles,) used sites.

    Returns
    -------
    pandas.DataFrame
        mechanism, other, sites with a correlation, mean, quantiles (p05 ... p95) and
        strong_percent, share of sites with an absolute correlation of STRONG or more.
    """
    correlation = sites["correlation"].values[used]
    rows = []
    for i, one in enumerate(MECHANISMS):
        for j in range(i):
            values = correlation[:, i, j]
            values = values[np.isfinite(values)]
            row = {"mechanism": one.name, "other": MECHANISMS[j].name} | _distribution(values)
            row["strong_percent"] = (
                100.0 * float((np.abs(values) >= STRONG).mean()) if values.size else np.nan
            )
            rows.append(row)
    return pd.DataFrame(rows)


def values_table(sites: xr.Dataset, used: Mask) -> pd.DataFrame:
    """Distribution over the used sites of the mechanisms' values and of their posterior spread.

    Parameters
    ----------
    sites, used
        As for ``correlation_table``.

    Returns
    -------
    pandas.DataFrame
        mechanism, quantity (mean of the value, or posterior_sd_log_value), units, sites, mean and
        quantiles; then sites_without, those without values.
    """
    rows = []
    for k, mechanism in enumerate(MECHANISMS):
        for quantity, name in (("value", "mean"), ("posterior_sd_log_value", "log_sd")):
            values = sites[name].values[used, k]
            finite = values[np.isfinite(values)]
            units = str(sites["units_of_mean"].values[k]) if name == "mean" else "1"
            row = {"mechanism": mechanism.name, "quantity": quantity, "units": units}
            rows.append(row | _distribution(finite) | {"sites_without": values.size - finite.size})
    return pd.DataFrame(rows)


def _distribution(values: FloatArray) -> dict[str, float]:
    """Number, mean and quantiles of finite values."""
    if not values.size:
        return {"sites": 0, "mean": np.nan} | dict.fromkeys(QUANTILES, np.nan)
    quantiles = np.quantile(values, list(QUANTILES.values()))
    named = dict(zip(QUANTILES, map(float, quantiles), strict=True))
    return {"sites": values.size, "mean": float(values.mean())} | named
