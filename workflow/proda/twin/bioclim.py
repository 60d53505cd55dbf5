"""The 19 bioclimatic variables and the Koppen-Geiger class of a monthly climate.

BIO1-19: Hijmans et al. 2005 (WorldClim). Classes: Beck et al. 2018 (Table 2), numbered 1 to 30.
"""

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray

__all__ = ["bioclim", "koppen_geiger"]


def bioclim(
    temperature: FloatArray, daily_range: FloatArray, precipitation: FloatArray
) -> dict[str, FloatArray]:
    """BIO1 to BIO19 by name, in degC, mm and %.

    BIO4 is the standard deviation of the monthly means in degC; files hold it times 100 (WorldClim
    2) or 1000 (WorldClim 1.4). The standard deviation and the coefficient of variation are those of
    a sample; the latter of rain plus one, so that a rainless year has one too.

    Parameters
    ----------
    temperature, daily_range, precipitation
        (12, ...) degC, K and mm.

    Returns
    -------
    dict
        Arrays (...) by name.
    """
    highest, lowest = temperature + daily_range / 2, temperature - daily_range / 2
    quarter_t = _quarters(temperature) / 3.0
    quarter_p = _quarters(precipitation)
    wettest, driest = quarter_p.argmax(axis=0), quarter_p.argmin(axis=0)
    warmest, coldest = quarter_t.argmax(axis=0), quarter_t.argmin(axis=0)
    bio = {
        1: temperature.mean(axis=0),
        2: daily_range.mean(axis=0),
        4: temperature.std(axis=0, ddof=1),
        5: highest.max(axis=0),
        6: lowest.min(axis=0),
        8: _pick(quarter_t, wettest),
        9: _pick(quarter_t, driest),
        10: _pick(quarter_t, warmest),
        11: _pick(quarter_t, coldest),
        12: precipitation.sum(axis=0),
        13: precipitation.max(axis=0),
        14: precipitation.min(axis=0),
        15: (precipitation + 1).std(axis=0, ddof=1) / (precipitation + 1).mean(axis=0) * 100.0,
        16: _pick(quarter_p, wettest),
        17: _pick(quarter_p, driest),
        18: _pick(quarter_p, warmest),
        19: _pick(quarter_p, coldest),
    }
    bio[7] = bio[5] - bio[6]
    bio[3] = bio[2] / bio[7] * 100.0
    return {f"BIO{i}": bio[i] for i in sorted(bio)}


def _quarters(monthly: FloatArray) -> FloatArray:
    """Sums over three consecutive months, the first quarter starting in January; (12, ...)."""
    return monthly + np.roll(monthly, -1, axis=0) + np.roll(monthly, -2, axis=0)


def _pick(quarters: FloatArray, index: Counts) -> FloatArray:
    return np.take_along_axis(quarters, index[None], axis=0)[0]


def koppen_geiger(temperature: FloatArray, precipitation: FloatArray) -> npt.NDArray[np.uint8]:
    """Climate class of Koeppen and Geiger, 1 (Af) to 30 (EF), of the northern hemisphere.

    Parameters
    ----------
    temperature
        (12, ...) monthly means, degC.
    precipitation
        (12, ...) mm per month.

    Returns
    -------
    ndarray
        (...).
    """
    annual_t, annual_p = temperature.mean(axis=0), precipitation.sum(axis=0)
    hot, cold = temperature.max(axis=0), temperature.min(axis=0)
    warm_months = (temperature > 10).sum(axis=0)
    summer, winter = precipitation[3:9], np.delete(precipitation, slice(3, 9), axis=0)
    driest = precipitation.min(axis=0)
    fraction = summer.sum(axis=0) / np.maximum(annual_p, 1e-9)
    threshold = 2 * annual_t + np.where(fraction >= 0.7, 28, np.where(fraction <= 0.3, 0, 14))

    tropical = cold >= 18
    desert, arid = annual_p < 5 * threshold, annual_p < 10 * threshold
    polar = hot <= 10
    temperate = (hot > 10) & (cold > 0) & (cold < 18)
    dry_summer = (summer.min(axis=0) < 40) & (summer.min(axis=0) < winter.max(axis=0) / 3)
    dry_winter = winter.min(axis=0) < summer.max(axis=0) / 10
    dry_summer &= ~dry_winter | (summer.sum(axis=0) < winter.sum(axis=0))
    hot_summer, warm_summer = hot >= 22, warm_months >= 4

    # Position inside C and D: dry summer, dry winter, no dry season; then a, b, c (and d in D).
    season = np.select([dry_summer, dry_winter], [0, 1], 2)
    heat_c = np.select([hot_summer, warm_summer], [0, 1], 2)
    heat_d = np.select([hot_summer, warm_summer, cold >= -38], [0, 1, 2], 3)
    rainforest = driest >= 60
    monsoon = driest >= 100 - annual_p / 25
    return np.select(
        [arid, polar, tropical, temperate],
        [
            np.where(desert, 4, 6) + (annual_t < 18),
            np.where(hot > 0, 29, 30),
            np.select([rainforest, monsoon], [1, 2], 3),
            8 + 3 * season + heat_c,
        ],
        17 + 4 * season + heat_d,
    ).astype(np.uint8)
