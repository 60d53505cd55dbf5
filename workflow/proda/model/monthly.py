"""Monthly climatology (Tao et al. 2023): temperature, CLM's own scalars, and its litter input."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from proda.arrays import Columns, FloatArray, Layers, Mask, Months
from proda.errors import InputError, number_text
from proda.model.columns import input_by_layer
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.forcing import LAYERS, LITTER_POOLS, Forcing, Scalars, Spec
from proda.model.grid import CLM5_20, SoilGrid
from proda.model.layout import (
    CWD_INPUT,
    CWD_TOTAL,
    ENTRIES,
    L3_INPUT,
    L3_TOTAL,
    MONTH_ROWS,
    MONTHS,
    NITROGEN,
    OXYGEN,
    WATER,
)
from proda.model.switches import Switches

__all__ = ["MonthlyForcing"]


@dataclass(frozen=True, eq=False, kw_only=True)
class MonthlyForcing(Forcing):
    """Monthly climatology of n columns: 12 months.

    Scalars may have a multiple of 12 steps, which the model weights alike: the months of several
    groups of years.

    Parameters
    ----------
    soil_temperature : (n, 12, layers)
        K.
    water_scalar, oxygen_scalar : (n, 12, layers)
        CLM's W_SCALAR and O_SCALAR, 0 to 1.
    nitrogen_scalar : (n, 12, layers)
        CLM's FPI_vr, 0 to 1, litter only.
    active_layer_depth : (n, 12)
        Larger of ALTMAX and ALTMAX_LASTYEAR, m.
    active_layer_depth_last_year : (n, 12)
        ALTMAX_LASTYEAR, m.
    bedrock_layer : (n,)
        Number of soil layers above bedrock (CLM's nbedrock).
    litter_input : (n, 4)
        Annual input to CWD, L1, L2, L3, gC m-2 yr-1.
    litter_input_by_layer : (n, 4, layers), optional
        The same per layer, gC m-3 yr-1, for CLM's defaults; without litter_input its sum is taken.
    sand : (n, layers), optional
        %, only for runs at CLM's defaults.
    temperature_scalar : (n, 12, layers), optional
        CLM's T_SCALAR, used unchanged in place of soil_temperature.
    nitrogen_scalar_by_pool : (n, 3, 12, layers), optional
        Of L1, L2 and L3, in place of nitrogen_scalar.
    temperature_variability : (n, 12, layers), optional
        Where months represent several years: the mean of their temperature scalars over
        the scalar of soil_temperature (`proda.data.land_model.product_means`).

    Raises
    ------
    InputError
        Names the field, the index, the value and what was expected.
    """

    grid: ClassVar[SoilGrid] = CLM5_20
    months: ClassVar[int] = MONTHS_PER_YEAR
    has_bedrock: ClassVar[bool] = True

    soil_temperature: FloatArray | None = None
    water_scalar: FloatArray
    oxygen_scalar: FloatArray
    nitrogen_scalar: FloatArray | None = None
    active_layer_depth: Months
    active_layer_depth_last_year: Months
    bedrock_layer: Columns
    litter_input: FloatArray | None = None
    litter_input_by_layer: FloatArray | None = None
    sand: Layers | None = None
    temperature_scalar: FloatArray | None = None
    nitrogen_scalar_by_pool: FloatArray | None = None
    temperature_variability: FloatArray | None = None

    SPECS: ClassVar[Mapping[str, Spec]] = {
        "soil_temperature": Spec(
            "K",
            (MONTHS_PER_YEAR, LAYERS),
            "soil_temperature",
            "soil temperature is in K; 273.15 must be added to degC",
        ),
        "water_scalar": Spec("1", (MONTHS_PER_YEAR, LAYERS), "scalar"),
        "oxygen_scalar": Spec("1", (MONTHS_PER_YEAR, LAYERS), "scalar"),
        "nitrogen_scalar": Spec("1", (MONTHS_PER_YEAR, LAYERS), "scalar"),
        "active_layer_depth": Spec("m", (MONTHS_PER_YEAR,), "active_layer_depth"),
        "active_layer_depth_last_year": Spec("m", (MONTHS_PER_YEAR,), "active_layer_depth"),
        "bedrock_layer": Spec("1", (), "bedrock_layer"),
        "litter_input": Spec("gC m-2 yr-1", (LITTER_POOLS + 1,), "litter_input"),
        "litter_input_by_layer": Spec(
            "gC m-3 yr-1", (LITTER_POOLS + 1, LAYERS), "litter_input_by_layer"
        ),
        "sand": Spec("%", (LAYERS,), "sand"),
        "temperature_scalar": Spec("1", (MONTHS_PER_YEAR, LAYERS), "temperature_scalar"),
        "nitrogen_scalar_by_pool": Spec("1", (LITTER_POOLS, MONTHS_PER_YEAR, LAYERS), "scalar"),
        "temperature_variability": Spec("1", (MONTHS_PER_YEAR, LAYERS), "temperature_variability"),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.litter_input is None and self.litter_input_by_layer is not None:
            total = (self.litter_input_by_layer * self.grid.thickness).sum(axis=-1)
            object.__setattr__(self, "litter_input", total)
        for i in np.flatnonzero(self.bedrock_layer % 1.0)[:1]:
            raise InputError.of_element(
                "bedrock_layer",
                (i,),
                "a whole number of layers",
                number_text(self.bedrock_layer[i]),
            )

    @property
    def steps(self) -> int:
        """12, or a multiple of it where each month is there for several groups of years."""
        n = np.shape(self.water_scalar)[-2] if np.ndim(self.water_scalar) > 1 else 0
        return n if n and n % MONTHS_PER_YEAR == 0 else MONTHS_PER_YEAR

    def _shape_here(self, name: str) -> tuple[int, ...]:
        shape = self.shape(name)
        if LAYERS not in self.SPECS[name].shape or MONTHS_PER_YEAR not in shape:
            return shape
        return tuple(self.steps if n == MONTHS_PER_YEAR else n for n in shape)

    def fill(self, columns: FloatArray, switches: Switches) -> None:
        """Enter CLM's scalars and litter input into prepared columns.

        Parameters
        ----------
        columns
            (n, rows, layers), rows as in ``proda.model.layout``; changed in place.
        switches
            Choices of the model, which decide what is entered.
        """
        columns[:, MONTHS + WATER :: MONTH_ROWS] = self.water_scalar
        columns[:, MONTHS + OXYGEN :: MONTH_ROWS] *= self.oxygen_scalar
        if self.temperature_variability is not None:
            columns[:, MONTHS + OXYGEN :: MONTH_ROWS] *= self.temperature_variability
        for pool, nitrogen in enumerate(self._nitrogen()):
            columns[:, MONTHS + NITROGEN + pool :: MONTH_ROWS] = nitrogen
        columns[:, ENTRIES, CWD_TOTAL : L3_TOTAL + 1] = self.litter_input
        if switches.input_by_layer:
            columns[:, CWD_INPUT : L3_INPUT + 1] = input_by_layer(self, switches)

    def scalars(self, switches: Switches) -> Scalars:
        """Scalars that the forcing alone determines, (n, 12, layers) each."""
        given = self.temperature_scalar
        return Scalars(
            self.water_scalar,
            self.oxygen_scalar,
            np.ones_like(self.water_scalar) if given is None else given,
            self._nitrogen(),
        )

    def surface_input(self) -> Mask:
        """Whether all carbon enters the first layer, (n,)."""
        return np.asarray((self.active_layer_depth_last_year <= 0.0).any(axis=1))

    def has_input(self) -> Mask:
        """Whether any carbon enters CWD, L1, L2 and L3, (n, 4)."""
        return self.required("litter_input", "its pools") > 0.0

    def _nitrogen(self) -> tuple[FloatArray, ...]:
        """Nitrogen scalar of L1, L2 and L3, (n, 12, layers) each."""
        by_pool = self.nitrogen_scalar_by_pool
        if by_pool is None:
            return (self.required("nitrogen_scalar", "decomposition of litter"),) * LITTER_POOLS
        return tuple(by_pool[:, pool] for pool in range(LITTER_POOLS))
