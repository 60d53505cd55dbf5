"""The law of the true parameters of a synthetic world.

    theta_p = Phi(centre_p + spread_p (sqrt(1 - u) g_p + sqrt(u) e)),     e ~ N(0, 1) per site

with Phi the normal distribution function, g_p a score of the world's covariates, scaled to mean 0
and standard deviation 1 over its land, and u the fraction of variance that no covariate explains.
Maps of the truth have e = 0 and keep the rest. A world brings its scores, centres and spreads.
"""

from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray, Theta
from proda.model.prior import Prior

__all__ = ["ParameterLaw"]


@dataclass(frozen=True, eq=False)
class ParameterLaw:
    """The law of p parameters.

    Parameters
    ----------
    centre, spread
        (p,) in probit units.
    mean, deviation
        (p,) mean and standard deviation of the unscaled scores over the land.
    unexplained_fraction
        Fraction u of variance that no covariate explains, in [0, 1].
    """

    centre: FloatArray
    spread: FloatArray
    mean: FloatArray
    deviation: FloatArray
    unexplained_fraction: float

    def explained(self, scores: FloatArray) -> FloatArray:
        """Parameters in probit units without site variation, of unscaled scores; both (n, p)."""
        scaled = (scores - self.mean) / self.deviation
        return self.centre + self.spread * np.sqrt(1.0 - self.unexplained_fraction) * scaled

    def theta(self, scores: FloatArray, site_variation: FloatArray | None = None) -> Theta:
        """Normalised true parameters, (n, p) in (0, 1).

        Parameters
        ----------
        scores
            (n, p) unscaled.
        site_variation
            (n, p) standard normal numbers; None for none.
        """
        probit = self.explained(scores)
        if site_variation is not None:
            probit = probit + self.spread * np.sqrt(self.unexplained_fraction) * site_variation
        return Prior.from_transformed(probit)
