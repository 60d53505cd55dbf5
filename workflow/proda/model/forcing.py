"""Forcing of the matrix model: one typed object per structure, checked at the door.

Each object carries ``n`` columns (sites or grid cells); an object of one column is broadcast over
any number of parameter sets. Scalars and one-column arrays without the leading axis are accepted.
"""

from copy import copy
from dataclasses import dataclass, field, fields

import numpy as np

from proda.check import as_rows, check_range
from proda.errors import InputError, number_text
from proda.model.grid import CLM5_20, CLM45_10
from proda.quantities import QUANTITIES

__all__ = ["ALTERNATIVES", "AnnualForcing", "MonthlyForcing"]

# Q10 of 3 in soil of 60 degC.
GREATEST_TEMPERATURE_SCALAR = 50.0
# The ranges in which quantities are read; no structure takes carbon out.
_TEMPERATURE = QUANTITIES["soil_temperature"].lower, QUANTITIES["soil_temperature"].upper
_POTENTIAL = QUANTITIES["soil_water_potential"].lower, QUANTITIES["soil_water_potential"].upper
_DEPTH = QUANTITIES["active_layer_depth"].lower, QUANTITIES["active_layer_depth"].upper
_NPP = 0.0, QUANTITIES["npp"].upper
_LITTER = QUANTITIES["litter_input"].lower, QUANTITIES["litter_input"].upper
_SAND = QUANTITIES["sand"].lower, QUANTITIES["sand"].upper
_SCALAR = QUANTITIES["scalar"].lower, QUANTITIES["scalar"].upper
KELVIN_HINT = "soil temperature is in K; 273.15 must be added to degC"


# Fields that may be missing where another one is there.
ALTERNATIVES = {
    "soil_temperature": "temperature_scalar",
    "nitrogen_scalar": "nitrogen_scalar_by_pool",
    "litter_input": "litter_input_by_layer",
}


class _Forcing:
    """Shared checks: every field present has its shape, is finite and plausible in its unit."""

    def __post_init__(self):
        for door in fields(self):
            other = ALTERNATIVES.get(door.name)
            if other is None or door.metadata["optional"]:
                continue
            if getattr(self, door.name) is None and getattr(self, other) is None:
                raise InputError(f"forcing.{door.name}", f"{door.name} or {other}", "none")
        lengths = {}
        for door in fields(self):
            values = getattr(self, door.name)
            if values is None and door.default is None:
                continue
            unit, shape, lower, upper, hint = door.metadata["door"]
            unit = "" if unit == "1" else unit
            array = as_rows(door.name, values, shape, unit)
            check_range(door.name, array, lower, upper, unit, hint)
            object.__setattr__(self, door.name, array)
            lengths[door.name] = len(array)
        self._check_lengths(lengths)

    def _check_lengths(self, lengths):
        first, n = next(iter(lengths.items()))
        for name, length in lengths.items():
            if length != n:
                raise InputError(name, f"{n} columns, as in {first}", f"{length} columns")

    def __len__(self):
        return len(self.active_layer_depth)

    def take(self, columns):
        """Forcing of the given columns (index array or slice), which need no checks again."""
        part = copy(self)
        for door in fields(self):
            if (values := getattr(self, door.name)) is not None:
                object.__setattr__(part, door.name, values[columns])
        return part


def _field(unit, shape, lower, upper, hint=None, *, optional=True, **default):
    """A field; ``optional=False`` with a default: missing only where one of ALTERNATIVES is not."""
    metadata = {"door": (unit, shape, lower, upper, hint), "optional": optional and bool(default)}
    return field(metadata=metadata, **default)


@dataclass(frozen=True, eq=False, kw_only=True)
class AnnualForcing(_Forcing):
    """Annual-mean forcing of ``clm45-10`` (Tao et al. 2020), n columns.

    npp_min, npp_max        (n,)     least and greatest annual NPP, gC m-2 yr-1
    active_layer_depth      (n,)     last year's maximum active-layer depth, m
    soil_temperature        (n, 10)  K
    soil_water_potential    (n, 10)  MPa, <= 0
    npp_mean                (n,)     gC m-2 yr-1, only for runs at CLM's defaults
    sand                    (n, 10)  %, only for runs at CLM's defaults
    temperature_scalar      (n, 10)  CLM's T_SCALAR, taken as it is in place of soil_temperature
    nitrogen_scalar_by_pool (n, 3, 10)  0 to 1, of L1, L2 and L3; 1 without it

    Raises InputError that names the field, the index, the value and what was expected.
    """

    npp_min: np.ndarray = _field("gC m-2 yr-1", (), *_NPP)
    npp_max: np.ndarray = _field("gC m-2 yr-1", (), *_NPP)
    active_layer_depth: np.ndarray = _field("m", (), *_DEPTH)
    soil_temperature: np.ndarray | None = _field(
        "K", (CLM45_10.n_layers,), *_TEMPERATURE, KELVIN_HINT, optional=False, default=None
    )
    soil_water_potential: np.ndarray = _field(
        "MPa",
        (CLM45_10.n_layers,),
        *_POTENTIAL,
        "soil water potential is in MPa and never positive",
    )
    npp_mean: np.ndarray | None = _field("gC m-2 yr-1", (), *_NPP, default=None)
    sand: np.ndarray | None = _field("%", (CLM45_10.n_layers,), *_SAND, default=None)
    temperature_scalar: np.ndarray | None = _field(
        "1", (CLM45_10.n_layers,), 0.0, GREATEST_TEMPERATURE_SCALAR, default=None
    )
    nitrogen_scalar_by_pool: np.ndarray | None = _field(
        "1", (3, CLM45_10.n_layers), *_SCALAR, default=None
    )

    def __post_init__(self):
        super().__post_init__()
        for i in np.flatnonzero(self.npp_max < self.npp_min)[:1]:
            raise InputError(
                f"npp_max[{i}]",
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
                raise InputError(f"npp_mean[{i}]", expected, number_text(self.npp_mean[i]))


@dataclass(frozen=True, eq=False, kw_only=True)
class MonthlyForcing(_Forcing):
    """Monthly climatology that drives ``clm5-20``, n columns, 12 months, 20 layers.

    soil_temperature              (n, 12, 20)  K
    water_scalar, oxygen_scalar   (n, 12, 20)  CLM's W_SCALAR and O_SCALAR, 0 to 1
    nitrogen_scalar               (n, 12, 20)  CLM's FPI_vr, 0 to 1, litter only
    active_layer_depth            (n, 12)      larger of ALTMAX and ALTMAX_LASTYEAR, m
    active_layer_depth_last_year  (n, 12)      ALTMAX_LASTYEAR, m
    bedrock_layer                 (n,)         number of soil layers above bedrock (CLM's nbedrock)
    litter_input                  (n, 4)       annual input to CWD, L1, L2, L3, gC m-2 yr-1
    litter_input_by_layer         (n, 4, 20)   the same per layer, gC m-3 yr-1, for CLM's defaults;
                                               without litter_input its sum is taken
    sand                          (n, 20)      %, only for runs at CLM's defaults
    temperature_scalar            (n, 12, 20)  CLM's T_SCALAR, taken as it is in place of
                                               soil_temperature
    nitrogen_scalar_by_pool       (n, 3, 12, 20)  of L1, L2 and L3, in place of nitrogen_scalar

    Raises InputError that names the field, the index, the value and what was expected.
    """

    soil_temperature: np.ndarray | None = _field(
        "K", (12, CLM5_20.n_layers), *_TEMPERATURE, KELVIN_HINT, optional=False, default=None
    )
    water_scalar: np.ndarray = _field("1", (12, CLM5_20.n_layers), *_SCALAR)
    oxygen_scalar: np.ndarray = _field("1", (12, CLM5_20.n_layers), *_SCALAR)
    nitrogen_scalar: np.ndarray | None = _field(
        "1", (12, CLM5_20.n_layers), *_SCALAR, optional=False, default=None
    )
    active_layer_depth: np.ndarray = _field("m", (12,), *_DEPTH)
    active_layer_depth_last_year: np.ndarray = _field("m", (12,), *_DEPTH)
    bedrock_layer: np.ndarray = _field("1", (), 1.0, float(CLM5_20.n_layers))
    litter_input: np.ndarray | None = _field(
        "gC m-2 yr-1", (4,), *_LITTER, optional=False, default=None
    )
    litter_input_by_layer: np.ndarray | None = _field(
        "gC m-3 yr-1", (4, CLM5_20.n_layers), 0.0, 1e6, default=None
    )
    sand: np.ndarray | None = _field("%", (CLM5_20.n_layers,), *_SAND, default=None)
    temperature_scalar: np.ndarray | None = _field(
        "1", (12, CLM5_20.n_layers), 0.0, GREATEST_TEMPERATURE_SCALAR, default=None
    )
    nitrogen_scalar_by_pool: np.ndarray | None = _field(
        "1", (3, 12, CLM5_20.n_layers), *_SCALAR, default=None
    )

    def __post_init__(self):
        super().__post_init__()
        if self.litter_input is None:
            total = (self.litter_input_by_layer * CLM5_20.thickness).sum(axis=-1)
            object.__setattr__(self, "litter_input", total)
        for i in np.flatnonzero(self.bedrock_layer % 1.0)[:1]:
            raise InputError(
                f"bedrock_layer[{i}]",
                "a whole number of layers",
                number_text(self.bedrock_layer[i]),
            )
