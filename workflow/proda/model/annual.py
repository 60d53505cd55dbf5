"""Annual-mean forcing (Tao et al. 2020): temperature, water potential and the range of NPP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from proda.arrays import Columns, FloatArray, Layers, Mask
from proda.errors import InputError, number_text
from proda.model.forcing import LAYERS, LITTER_POOLS, Forcing, Scalars, Spec
from proda.model.grid import CLM45_10, SoilGrid
from proda.model.layout import ENTRIES, MONTHS, NITROGEN, NPP_MAX, NPP_MIN, WATER
from proda.model.switches import Switches

__all__ = ["AnnualForcing"]


@dataclass(frozen=True, eq=False, kw_only=True)
class AnnualForcing(Forcing):
    """Annual-mean forcing of n columns (Tao et al. 2020).

    Parameters
    ----------
    npp_min, npp_max : (n,)
        Minimum and maximum annual NPP, gC m-2 yr-1.
    active_layer_depth : (n,)
        Maximum active-layer depth of the year before, m.
    soil_temperature : (n, layers)
        K.
    soil_water_potential : (n, layers)
        MPa, <= 0.
    npp_mean : (n,), optional
        gC m-2 yr-1, only for runs at CLM's defaults.
    sand : (n, layers), optional
        %, only for runs at CLM's defaults.
    temperature_scalar : (n, layers), optional
        CLM's T_SCALAR, used unchanged in place of soil_temperature.
    nitrogen_scalar_by_pool : (n, 3, layers), optional
        0 to 1, of L1, L2 and L3; 1 without it.

    Raises
    ------
    InputError
        Names the field, the index, the value and what was expected.
    """

    grid: ClassVar[SoilGrid] = CLM45_10
    months: ClassVar[int] = 1
    has_bedrock: ClassVar[bool] = False
    bedrock_layer = None
    litter_input_by_layer = None

    npp_min: Columns
    npp_max: Columns
    active_layer_depth: Columns
    soil_temperature: Layers | None = None
    soil_water_potential: Layers
    npp_mean: Columns | None = None
    sand: Layers | None = None
    temperature_scalar: Layers | None = None
    nitrogen_scalar_by_pool: FloatArray | None = None

    SPECS: ClassVar[Mapping[str, Spec]] = {
        "npp_min": Spec("gC m-2 yr-1", (), "npp"),
        "npp_max": Spec("gC m-2 yr-1", (), "npp"),
        "active_layer_depth": Spec("m", (), "active_layer_depth"),
        "soil_temperature": Spec(
            "K",
            (LAYERS,),
            "soil_temperature",
            "soil temperature is in K; 273.15 must be added to degC",
        ),
        "soil_water_potential": Spec(
            "MPa",
            (LAYERS,),
            "soil_water_potential",
            "soil water potential is in MPa and never positive",
        ),
        "npp_mean": Spec("gC m-2 yr-1", (), "npp"),
        "sand": Spec("%", (LAYERS,), "sand"),
        "temperature_scalar": Spec("1", (LAYERS,), "temperature_scalar"),
        "nitrogen_scalar_by_pool": Spec("1", (LITTER_POOLS, LAYERS), "scalar"),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        for i in np.flatnonzero(self.npp_max < self.npp_min)[:1]:
            raise InputError.of_element(
                "npp_max",
                (i,),
                f"at least npp_min = {number_text(self.npp_min[i])}",
                number_text(self.npp_max[i], self.npp_min[i]),
            )
        if self.npp_mean is not None:
            outside = (self.npp_mean < self.npp_min) | (self.npp_mean > self.npp_max)
            for i in np.flatnonzero(outside)[:1]:
                low, high = (
                    number_text(self.npp_min[i]),
                    number_text(self.npp_max[i], self.npp_min[i]),
                )
                expected = f"between npp_min and npp_max, {low} to {high}"
                found = number_text(self.npp_mean[i])
                raise InputError.of_element("npp_mean", (i,), expected, found)

    def fill(self, columns: FloatArray, switches: Switches) -> None:
        """Enter water potential, nitrogen scalars and NPP into prepared columns.

        Parameters
        ----------
        columns
            (n, rows, layers), rows as in ``proda.model.layout``; changed in place.
        switches
            Choices of the model, which decide what is entered.
        """
        month = columns[:, MONTHS:]
        month[:, WATER] = self._dryness(switches)
        if self.nitrogen_scalar_by_pool is None:
            month[:, NITROGEN:] = 1.0
        else:
            month[:, NITROGEN:] = self.nitrogen_scalar_by_pool
        columns[:, ENTRIES, NPP_MIN] = self.npp_min
        columns[:, ENTRIES, NPP_MAX] = self.npp_max

    def scalars(self, switches: Switches) -> Scalars:
        """Scalars that the forcing alone determines, (n, 1, layers) each."""
        dryness = self._dryness(switches)
        water = np.where(dryness < 0.0, switches.dry_water_scalar, np.minimum(dryness, 1.0))
        water = np.maximum(water, switches.water_scalar_floor)[:, None]
        ones = np.ones_like(water)
        given = self.temperature_scalar
        by_pool = self.nitrogen_scalar_by_pool
        return Scalars(
            water,
            ones,
            ones if given is None else given[:, None],
            (ones,) * LITTER_POOLS
            if by_pool is None
            else tuple(by_pool[:, pool, None] for pool in range(LITTER_POOLS)),
        )

    def surface_input(self) -> Mask:
        """Whether all carbon enters the first layer, (n,)."""
        return self.active_layer_depth <= 0.0

    def has_input(self) -> Mask:
        """Whether any carbon enters CWD, L1, L2 and L3, (n, 4)."""
        return np.repeat(self.npp_max[:, None] > 0.0, LITTER_POOLS + 1, axis=1)

    def _dryness(self, switches: Switches) -> Layers:
        """ln(psi_dry / psi), (n, layers), negative where soil is too dry for decomposition."""
        with np.errstate(divide="ignore", over="ignore"):
            # Saturated soil (0 MPa, of either sign) is infinitely far from the driest potential.
            potential = -np.abs(self.soil_water_potential)
            return np.log(switches.driest_water_potential / potential)
