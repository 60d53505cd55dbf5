"""Climatology of the product of scalars: months of several years as months of one.

Decomposition goes as the product of the scalars of temperature, water, oxygen and (litter)
nitrogen, which vary together from year to year: the product of their means is not the mean of
their product. Summed over the years y of a calendar month, with weights w_y (its days),

    R = mean(r_y)                    r = q ** ((T - 298.15 K) / 10 K)
    O = sum(w r O_y) / sum(w r)
    W = sum(w r O_y W_y) / sum(w r O_y)
    N = sum(w r O_y W_y N_y) / sum(w r O_y W_y)
    T = sum(w r O_y M_y T_y) / sum(w r O_y M_y)       M_y = min(1, m W_y)
    v = R / q ** ((T - 298.15 K) / 10 K)

with q the Q10 of CLM and m a factor on the water scalar from the middle of its prior. The month of
mean values then decomposes at the rate v q**T O min(1, f W) [N], which is

- exactly the mean of the products at that Q10, for any factor f with which no year's water scalar
  reaches its limit of 1 (as CLM's factor of 1), and for SOC also where all of them reach it;
- at f = m, or where all or none of the years are limited alike, exact to first order in ln Q10, as
  T is the derivative of ln(rate) to ln(Q10);
- a mean of the years' values in every scalar, so that none leaves its range. v is 1 where the years
  have the same temperature.

The years may be taken apart in groups, from dry to wet, each with a month of its own and a weight
in v: the number of groups times its share of the mean of r, as the model weights all months alike.
With as many groups as years nothing is averaged, and nothing is left. Otherwise what is left is of
second order in ln Q10, and where f brings some years of a group to the limit of the water scalar
and others not (benchmarks/climatology.py measures it). With CLM's own temperature scalar in place
of r there is no T and no v, and nothing depends on Q10. Where the weights are 0, as below bedrock,
plain means are taken.
"""

import numpy as np

from proda.arrays import FloatArray
from proda.model.environment import REFERENCE_TEMPERATURE

__all__ = ["ProductMeans"]

NEGLIGIBLE = 1e-30  # sum of weights, where nothing decomposes


class ProductMeans:
    """Sums over the years of one calendar month.

    Parameters
    ----------
    q10
        Q10 at which the means are exact; None where the temperature scalar is given.
    water_scaling
        Factor on the water scalar at which the response to Q10 is exact to first order.
    """

    def __init__(self, q10: float | None, water_scaling: float) -> None:
        self.q10, self.water_scaling = q10, water_scaling
        self._days: FloatArray | float = 0.0
        self._sums: dict[str, FloatArray] = {}

    def add(
        self,
        temperature: FloatArray,
        water: FloatArray,
        oxygen: FloatArray,
        nitrogen: FloatArray,
        days: FloatArray | float,
    ) -> None:
        """Add the month of one year.

        Parameters
        ----------
        temperature
            K, or the temperature scalar if there is no Q10.
        water, oxygen, nitrogen
            Scalars; all of one shape, NaN where missing.
        days
            Length of the month.
        """
        self._days = self._days + days
        response = days * (temperature if self.q10 is None else self._response(temperature))
        with_oxygen = response * oxygen
        with_water = with_oxygen * water
        limited = with_oxygen * np.minimum(1.0, self.water_scaling * water)
        for name, value in {
            "response": response,
            "oxygen": with_oxygen,
            "water": with_water,
            "nitrogen": with_water * nitrogen,
            "limited": limited,
            "temperature": limited * temperature,
            "plain_temperature": days * temperature,
            "plain_oxygen": days * oxygen,
            "plain_water": days * water,
            "plain_nitrogen": days * nitrogen,
        }.items():
            if name in self._sums:
                self._sums[name] += value
            else:
                self._sums[name] = value

    def means(self, groups: int = 1, all_days: float | None = None) -> dict[str, FloatArray]:
        """``temperature`` (K, or the scalar), ``water``, ``oxygen``, ``nitrogen``, ``variability``.

        The last is v; 1 everywhere where the temperature scalar is given.

        Parameters
        ----------
        groups
            Number of groups of years, of which this is one.
        all_days
            Days of all of them; by default of this one.
        """
        sums, days = self._sums, self._days
        means = {
            name: _ratio(sums[name], sums[weight], sums[f"plain_{name}"] / days)
            for name, weight in (
                ("oxygen", "response"),
                ("water", "oxygen"),
                ("nitrogen", "water"),
            )
        }
        for name, values in means.items():  # weighted means of scalars, but for rounding
            means[name] = np.clip(values, 0.0, 1.0)
        response = sums["response"] * (groups / (days if all_days is None else all_days))
        if self.q10 is None:
            return means | {"temperature": response, "variability": np.ones_like(response)}
        temperature = _ratio(sums["temperature"], sums["limited"], sums["plain_temperature"] / days)
        variability = response / self._response(temperature)
        return means | {"temperature": temperature, "variability": variability}

    def _response(self, temperature: FloatArray) -> FloatArray:
        assert self.q10 is not None
        return np.exp(np.log(self.q10) * (temperature - REFERENCE_TEMPERATURE) / 10.0)


def _ratio(values: FloatArray, weights: FloatArray, otherwise: FloatArray) -> FloatArray:
    """Weighted means; ``otherwise`` where no weight is left, NaN where they are missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(weights < NEGLIGIBLE, otherwise, values / weights)
