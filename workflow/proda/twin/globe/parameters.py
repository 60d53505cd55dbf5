"""True parameters of the synthetic globe: functions of climate and soil plus site variation.

Scores of the features below, by the law of ``proda.twin.law``. Two worlds differ in centres and
spreads, and in what the e-folding depth follows:

cue
    Carbon use efficiency varies most, alike in all its transfer fractions: high in cold and in
    clayey soils. Decomposition hardly depends on temperature and moisture.
environment
    Q10, moisture scaling and, most of all, the e-folding depth of decomposition vary: carbon lasts
    in cold and in clayey soils. Transfer fractions are the same everywhere, and turnover times of
    SOC nearly so.

In the second world transfer fractions and turnover times of SOC are close to the middle of their
prior. Were they low, every profile would have less carbon than the model in the middle of the
prior, and posteriors would ascribe by how much to all parameters that can lower the stock, at each
place in another proportion: these two would seem to vary, and Q10 to be low where soils are cold.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from proda.arrays import FloatArray, Theta
from proda.model.parameters import ParameterTable
from proda.twin.law import ParameterLaw
from proda.twin.soil import logistic

__all__ = ["CONTRAST", "CUE", "ENVIRONMENT", "GlobalTruth"]

Features: TypeAlias = Mapping[str, FloatArray]
Law: TypeAlias = tuple[float, float, Callable[[Features], FloatArray]]

CUE, ENVIRONMENT = "cue", "environment"


def _efficient(f: Features) -> FloatArray:
    return 1.3 * f["cold"] + 0.8 * f["clayey"] - 0.3 * f["dry"]


# Centre and spread in probit units, and the score.
PARAMETERS: dict[str, Law] = {
    "bioturbation_diffusivity": (-0.7, 0.3, lambda f: f["warm"] * f["wet"] - f["sandy"]),
    "cryoturbation_diffusivity": (-1.0, 0.3, lambda f: f["cold"] - 0.4 * f["wet"]),
    "q10": (0.0, 0.25, lambda f: f["cold"] + 0.3 * f["wet"]),
    "decomposition_efolding_depth": (1.5, 0.25, lambda f: f["sandy"] + 0.8 * f["warm"]),
    "cwd_turnover_time": (0.0, 0.3, lambda f: f["cold"]),
    "metabolic_litter_turnover_time": (0.0, 0.3, lambda f: f["cold"] - f["wet"]),
    "structural_litter_turnover_time": (0.0, 0.3, lambda f: f["trees"] + f["cold"]),
    "fast_soc_turnover_time": (-0.3, 0.3, lambda f: f["clayey"] + 0.5 * f["acid"]),
    "slow_soc_turnover_time": (-0.9, 0.25, lambda f: f["warm"] - 0.5 * f["clayey"]),
    "passive_soc_turnover_time": (-0.8, 0.2, lambda f: f["clayey"] + 0.6 * f["acid"]),
    "metabolic_to_fast": (-0.2, 0.5, _efficient),
    "cellulose_to_fast": (-0.2, 0.5, _efficient),
    "lignin_to_slow": (-0.2, 0.5, _efficient),
    "fast_to_slow": (-0.4, 0.5, _efficient),
    "fast_to_passive": (-1.1, 0.4, _efficient),
    "slow_to_fast": (-0.3, 0.4, _efficient),
    "slow_to_passive": (-0.9, 0.4, _efficient),
    "passive_to_fast": (-0.2, 0.3, _efficient),
    "cwd_to_cellulose": (0.0, 0.3, lambda f: f["acid"] - f["trees"]),
    "water_scaling": (-0.5, 0.25, lambda f: f["sandy"] - f["clayey"]),
    "input_beta": (1.0, 0.25, lambda f: f["warm"] * f["trees"] + f["dry"] - 0.5 * f["cold"]),
}
# Carbon use efficiency, by the parameter table's group.
GROUP = "carbon use efficiency"
CUE_SPREAD = {CUE: 1.6, ENVIRONMENT: 0.08}
# What replaces the table in a world. Spreads of efficiency are multiplied by CUE_SPREAD.
CENTRES: dict[str, dict[str, float]] = {
    CUE: {
        "q10": -1.6,
        "water_scaling": 0.0,
        "slow_soc_turnover_time": 0.1,
        "passive_soc_turnover_time": 0.5,
        "slow_to_fast": 0.1,
        "slow_to_passive": -0.6,
        "fast_to_passive": -0.8,
    },
    ENVIRONMENT: {
        "q10": -0.6,
        "decomposition_efolding_depth": 0.5,
        "water_scaling": 0.5,
        "fast_soc_turnover_time": -0.15,
        "slow_soc_turnover_time": -0.15,
        "passive_soc_turnover_time": -0.15,
        "metabolic_to_fast": -0.15,
        "cellulose_to_fast": -0.15,
        "lignin_to_slow": -0.15,
        "fast_to_slow": -0.15,
        "fast_to_passive": -0.15,
        "slow_to_fast": -0.15,
        "slow_to_passive": -0.15,
        "passive_to_fast": -0.15,
    },
}
SPREADS: dict[str, dict[str, float]] = {
    CUE: {},
    ENVIRONMENT: {
        "q10": 0.6,
        "decomposition_efolding_depth": 0.65,
        "water_scaling": 0.5,
        "fast_soc_turnover_time": 0.15,
        "slow_soc_turnover_time": 0.12,
        "passive_soc_turnover_time": 0.1,
    },
}
SCORES: dict[str, dict[str, Callable[[Features], FloatArray]]] = {
    CUE: {},
    ENVIRONMENT: {
        "decomposition_efolding_depth": lambda f: f["sandy"] - f["clayey"] + 0.5 * f["warm"]
    },
}
CONTRAST = 0.3
"""Range of the water and oxygen scalars of the land model."""


class GlobalTruth:
    """The true parameters, by a law that is scaled on the land of the world.

    Parameters
    ----------
    table
        Parameters of the model.
    covariates
        (n,) of all cells with soil, by name.
    governed_by
        CUE or ENVIRONMENT.
    unexplained_fraction
        Fraction u of variance that no covariate explains, in [0, 1].
    uniform
        Whether all places have the centres.
    """

    def __init__(
        self,
        table: ParameterTable,
        covariates: Mapping[str, FloatArray],
        governed_by: str,
        unexplained_fraction: float,
        uniform: bool = False,
    ) -> None:
        if tuple(PARAMETERS) != tuple(table.names):
            raise ValueError("the parameters of the synthetic globe are not those of the model")
        self._score = [SCORES[governed_by].get(name, law[2]) for name, law in PARAMETERS.items()]
        scores = self._scores(covariates)
        efficiency = np.array([group == GROUP for group in table.processes])
        centres, spreads = CENTRES[governed_by], SPREADS[governed_by]
        spread = np.array([spreads.get(name, law[1]) for name, law in PARAMETERS.items()])
        self.law = ParameterLaw(
            centre=np.array([centres.get(name, law[0]) for name, law in PARAMETERS.items()]),
            spread=np.where(efficiency, CUE_SPREAD[governed_by], 1.0) * spread * (not uniform),
            mean=scores.mean(axis=0),
            deviation=scores.std(axis=0),
            unexplained_fraction=unexplained_fraction,
        )

    def _scores(self, covariates: Mapping[str, FloatArray]) -> FloatArray:
        features = _features(covariates)
        return np.stack([score(features) for score in self._score], axis=-1)

    def theta(
        self, covariates: Mapping[str, FloatArray], site_variation: FloatArray | None = None
    ) -> Theta:
        """Normalised true parameters, (n, 21) in (0, 1).

        Parameters
        ----------
        covariates
            (n,) by name.
        site_variation
            (n, 21) standard normal numbers; None for none.
        """
        return self.law.theta(self._scores(covariates), site_variation)


def _features(c: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Smooth functions of the covariates, each between 0 and 1."""
    moisture = np.log(np.maximum(c["BIO12"], 10.0) / (45.0 * np.maximum(c["BIO1"], 0.0) + 150.0))
    warm, wet = logistic((c["BIO1"] - 12.0) / 5.0), logistic((moisture - 0.1) / 0.4)
    return {
        "warm": warm,
        "cold": 1.0 - warm,
        "wet": wet,
        "dry": 1.0 - wet,
        "clayey": logistic((c["Clay_Content"] - 26.0) / 7.0),
        "sandy": logistic((c["Sand_Content"] - 45.0) / 8.0),
        "acid": logistic((5.9 - c["pH_Water"]) / 0.5),
        "trees": np.isin(c["IGBP"], (1, 2, 4, 5)).astype(float),
    }
