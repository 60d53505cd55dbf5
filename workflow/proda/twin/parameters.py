"""True parameters of the twin world: non-linear functions of covariates plus site variation.

The score of a parameter (``proda.twin.law``) is made of logistic and indicator functions of
climate, texture, acidity and land cover. The signs follow what is believed of soils (clay slows
turnover, grassland roots go deep, cold soils are more sensitive to warming), not any fit.
"""

import numpy as np

from proda.arrays import FloatArray, Theta
from proda.twin.law import ParameterLaw
from proda.twin.soil import logistic

__all__ = ["MAX_LITTER_FRACTION", "NEEDED", "PARAMETER_NAMES", "Truth"]

NEEDED = ("IGBP", "BIO1", "BIO4", "BIO12", "Clay_Content_30cm", "Sand_Content_30cm",
          "pH_Water_0cm", "Veg_Cover", "NPPmean", "CEC_30cm", "Abs_Depth_to_Bedrock")  # fmt: skip

# Parameter: centre and spread in probit units, and the score. The names are those of `_Features`.
PARAMETERS = {
    "bioturbation_diffusivity": (-0.30, 0.35, lambda f: f.warm * f.wet + 0.5 * f.grass - f.sandy),
    "cryoturbation_diffusivity": (-0.3, 0.4, lambda f: f.continental * f.cold - 0.3 * f.wet),
    "q10": (-0.30, 0.20, lambda f: f.cold + 0.5 * f.wet * f.forest - 0.3 * f.crop),
    "decomposition_efolding_depth": (
        0.60, 0.20, lambda f: f.sandy - 0.9 * f.grass + 0.6 * f.warm * f.wet - 0.5 * f.clayey),
    "cwd_turnover_time": (-0.1, 0.45, lambda f: f.cold + 0.5 * f.forest * f.wet),
    "metabolic_litter_turnover_time": (-0.2, 0.4, lambda f: f.cold * (1.2 - f.wet)),
    "structural_litter_turnover_time": (-0.4, 0.45, lambda f: f.forest + f.cold * f.acid),
    "fast_soc_turnover_time": (-0.25, 0.45, lambda f: f.clayey + 0.5 * f.acid * f.cold),
    "slow_soc_turnover_time": (
        -0.45, 0.24, lambda f: f.clayey * f.wet + 0.4 * f.grass - 0.6 * f.sandy * f.warm - f.dry),
    "passive_soc_turnover_time": (
        -0.85, 0.15, lambda f: f.clayey**2 + 0.9 * f.cold * f.wet + 0.6 * f.rich - 0.5 * f.sandy),
    "metabolic_to_fast": (0.00, 0.25, lambda f: f.clayey * f.wet - 0.6 * f.warm),
    "cellulose_to_fast": (0.00, 0.22, lambda f: f.rich - 0.8 * f.acid * f.forest),
    "lignin_to_slow": (0.10, 0.30, lambda f: f.clayey + 0.3 * f.grass - 0.9 * f.dry),
    "fast_to_slow": (0.05, 0.30, lambda f: f.clayey * f.wet + 0.5 * f.grass * f.rich - 1.2 * f.dry),
    "fast_to_passive": (-0.95, 0.15, lambda f: f.clayey**2 + 0.5 * f.rich - 0.4 * f.acid),
    "slow_to_fast": (0.10, 0.18, lambda f: f.warm - 0.8 * f.clayey),
    "slow_to_passive": (
        -1.10, 0.16, lambda f: f.clayey * f.wet + 0.6 * f.rich + 0.3 * f.grass - 0.5 * f.dry),
    "passive_to_fast": (-0.10, 0.25, lambda f: f.warm * f.wet + 0.3 * f.acid),
    "cwd_to_cellulose": (0.1, 0.4, lambda f: f.acid - 0.7 * f.forest),
    "input_position": (0.00, 0.25, lambda f: f.productive - 0.9 * f.crop + 0.4 * f.forest),
    "input_beta": (1.00, 0.20, lambda f: f.dry + 0.7 * f.grass - 0.5 * f.shallow - 0.4 * f.cold),
    "input_to_lignin": (-0.05, 0.45, lambda f: f.forest + 0.4 * f.cold - 0.5 * f.crop),
    "input_to_metabolic": (-0.35, 0.40, lambda f: f.crop + 0.5 * f.grass - 0.7 * f.forest * f.cold),
    "input_to_cellulose": (0.0, 0.40, lambda f: f.grass - 0.6 * f.acid + 0.3 * f.warm),
    "saturated_water_potential": (0.3, 0.45, lambda f: f.sandy - 0.8 * f.clayey * f.wet),
}  # fmt: skip
PARAMETER_NAMES = tuple(PARAMETERS)
MAX_LITTER_FRACTION = (
    0.95  # of the input that the three litter pools get together; the rest is wood
)


class _Features:
    """Smooth functions of the covariates, each between 0 and 1."""

    def __init__(self, covariates: dict[str, FloatArray]) -> None:
        c = {name: np.asarray(covariates[name], float) for name in NEEDED}
        igbp = c["IGBP"]
        moisture = np.log(c["BIO12"] / (45.0 * np.maximum(c["BIO1"], 0.0) + 150.0))
        self.warm = logistic((c["BIO1"] - 11.0) / 3.0)
        self.cold = 1.0 - self.warm
        self.wet = logistic((moisture - 0.1) / 0.35)
        self.dry = 1.0 - self.wet
        self.continental = logistic((c["BIO4"] - 8.5) / 1.2)
        self.clayey = logistic((c["Clay_Content_30cm"] - 30.0) / 7.0)
        self.sandy = logistic((c["Sand_Content_30cm"] - 48.0) / 8.0)
        self.acid = logistic((5.9 - c["pH_Water_0cm"]) / 0.5)
        self.rich = logistic((c["CEC_30cm"] - 18.0) / 3.0)
        self.shallow = logistic((np.log(600.0) - np.log(c["Abs_Depth_to_Bedrock"])) / 0.4)
        self.productive = 1.0 - np.exp(-c["NPPmean"] / 450.0)
        self.forest = 0.5 * np.isin(igbp, (1, 2, 3, 4, 5, 8)) + 0.5 * np.minimum(
            c["Veg_Cover"] / 60.0, 1.0
        )
        self.grass = np.isin(igbp, (9, 10, 11)) + 0.6 * np.isin(igbp, (12, 14))
        self.crop = np.isin(igbp, (12, 14)).astype(float)


class Truth:
    """The true parameters, by a law that is scaled on the land of the twin world.

    Parameters
    ----------
    covariates
        Arrays (n,) of the land pixels, by the names in NEEDED.
    unexplained_fraction
        Fraction u of variance that no covariate explains, in [0, 1].
    """

    def __init__(self, covariates: dict[str, FloatArray], unexplained_fraction: float) -> None:
        # Score by score: sums over an axis of a table would round differently.
        scores = self._scores(covariates)
        table = np.array([[centre, spread] for centre, spread, _ in PARAMETERS.values()])
        self.law = ParameterLaw(
            centre=table[:, 0],
            spread=table[:, 1],
            mean=np.array([np.mean(score) for score in scores]),
            deviation=np.array([np.std(score) for score in scores]),
            unexplained_fraction=unexplained_fraction,
        )

    @staticmethod
    def _scores(covariates: dict[str, FloatArray]) -> list[FloatArray]:
        features = _Features(covariates)
        return [score(features) for _, _, score in PARAMETERS.values()]

    def explained(self, covariates: dict[str, FloatArray]) -> FloatArray:
        """Parameters in probit units without site variation: (n,) by name -> (n, 25)."""
        return self.law.explained(np.stack(self._scores(covariates), axis=-1))

    def theta(
        self, covariates: dict[str, FloatArray], site_variation: FloatArray | None = None
    ) -> Theta:
        """Normalised true parameters, (n, 25) in (0, 1).

        Parameters
        ----------
        covariates
            (n,) by name.
        site_variation
            (n, 25) standard normal numbers; None for none.
        """
        return self.law.theta(np.stack(self._scores(covariates), axis=-1), site_variation)
