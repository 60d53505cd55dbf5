"""What a file of posteriors states beside draws, moments and modes of the parameters.

The certificate with its evidence, the SOC stocks, and the contraction of every parameter,

    1 - (posterior standard deviation) / (prior standard deviation),

0 where the data say nothing about a parameter and near 1 where they determine it. Below 0 the
posterior is wider than the prior, as it is where the data prefer both ends of a range.
"""

from typing import Any

import numpy as np

from proda.arrays import Chains, FloatArray
from proda.inference.certificate import Certificate

__all__ = ["MIN_CONTRACTION", "QUANTILES", "certificate_values", "contraction", "stock_values"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Probabilities of the quantiles that are kept of the stocks."""


MIN_CONTRACTION = 0.1
"""Below this contraction a posterior is called uninformed: the data say next to nothing."""


def contraction(posterior: FloatArray, prior: FloatArray) -> FloatArray:
    """Contraction (..., parameters) of standard deviations of posterior and prior."""
    return 1.0 - posterior / prior


def certificate_values(found: Certificate, parameters: int) -> dict[str, Any]:
    """Values of the variables that state a certificate, by their names in the files.

    Parameters
    ----------
    found
        The certificate.
    parameters
        Number of parameters of the model, which come first among those that were judged; what was
        sampled beside them counts in the extremes.
    """
    model, stocks = found.parameters.take(slice(parameters)), found.stocks
    return {
        "certified": int(found.certified),
        "failed_quantity": found.failed,
        "certificate": "" if found.certified else found.evidence,
        "max_rhat": found.max_rhat,
        "min_ess_bulk": found.min_ess_bulk,
        "min_ess_tail": found.min_ess_tail,
        "max_mcse": found.max_mcse,
        "gelman_rubin": model.gelman_rubin,
        "rhat": model.rhat,
        "ess_bulk": model.ess_bulk,
        "ess_tail": model.ess_tail,
        "mcse": model.relative_mcse,
        "stock_rhat": stocks.rhat,
        "stock_ess_bulk": stocks.ess_bulk,
        "stock_ess_tail": stocks.ess_tail,
        "stock_mcse": stocks.relative_mcse,
    }


def stock_values(stocks: Chains) -> dict[str, FloatArray]:
    """Mean, standard deviation and quantiles of stocks (chains, draws, stocks) of all chains."""
    pooled = stocks.reshape(-1, stocks.shape[-1])
    return {
        "stock_mean": pooled.mean(axis=0),
        "stock_standard_deviation": pooled.std(axis=0, ddof=1),
        "stock_quantile": np.quantile(pooled, QUANTILES, axis=0).T,
    }
