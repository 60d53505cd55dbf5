"""A structure of the matrix model: one record of everything in which structures differ.

All structures share one set of physical parameters, one transfer graph and one set of kernels. What
else a structure is stands in its record, and no other code asks for its name. A new structure is a
record of its own, entered in ``proda.model.structures``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.model.forcing import Forcing
from proda.model.grid import SoilGrid
from proda.model.layout import MIN_LAYERS
from proda.model.parameters import ParameterTable
from proda.model.prior import Prior
from proda.model.switches import Switches

if TYPE_CHECKING:
    from proda.model.cases import Cases
    from proda.model.soil_model import SoilModel

__all__ = [
    "CaseColumns",
    "DefaultRun",
    "LandField",
    "LandModel",
    "Role",
    "ScalarProduct",
    "Structure",
]


class Role(Enum):
    """How a field of the land model becomes forcing."""

    LAYERED = "a value per layer, averaged over time"
    SURFACE = "one value, averaged over time"
    FIXED_LAYERED = "a value per layer that does not change with time"
    FIXED = "one whole number that does not change with time"
    LITTER_INPUT = "carbon input to one litter pool, per layer, summed over the year"


@dataclass(frozen=True)
class LandField:
    """A forcing variable and the fields of the land model's history it is read from.

    Parameters
    ----------
    name
        Of the variable; for litter input, of the input to one pool.
    sources
        Names in the history (CLM5). Of several the largest value is taken.
    role
        How the fields become the variable.
    units, long_name, standard_name
        Attributes of the variable (CF).
    optional
        Whether only runs at default parameters need it.
    """

    name: str
    sources: tuple[str, ...]
    role: Role
    units: str
    long_name: str
    standard_name: str | None = None
    optional: bool = False


class ScalarProduct(NamedTuple):
    """Variables whose product drives decomposition month by month, by name.

    ``variability`` is an additional one that a climatology of the product needs.
    """

    temperature: str
    water: str
    oxygen: str
    nitrogen: str
    variability: LandField


@dataclass(frozen=True)
class LandModel:
    """What a structure takes from the land model's history.

    Parameters
    ----------
    fields
        In the order in which the forcing files hold them.
    interpolate
        Whether fields on other vertical levels are interpolated to the nodes; scalars and inputs
        of one vertical grid have no meaning on another.
    product
        The variables of which a climatology of the product can be made; None if the scalars are
        computed from means over time.
    given_temperature
        Name of the variable that takes CLM's own scalar of temperature in place of the first field,
        if the structure can be driven by it.
    """

    fields: tuple[LandField, ...]
    interpolate: bool
    product: ScalarProduct | None = None
    given_temperature: str | None = None

    # Temperature, or CLM's own scalar of it. The one that is used also shows where there is land,
    # which is why nothing can be its substitute.
    LAND: ClassVar[str] = "TSOI"
    GIVEN: ClassVar[str] = "T_SCALAR"
    SHOW_LAND: ClassVar[tuple[str, str]] = (LAND, GIVEN)

    def driven_by(self, temperature: str) -> "LandModel":
        """The same with another field for temperature, TSOI or T_SCALAR.

        Raises
        ------
        InputError
            For another one, and if the structure cannot be driven by it.
        """
        if temperature == self.LAND:
            return self
        if temperature != self.GIVEN or self.given_temperature is None:
            expected = self.LAND + (f" or {self.GIVEN}" if self.given_temperature else "")
            raise InputError("forcing.clm.temperature", expected, temperature)
        scalar = LandField(
            self.given_temperature, (self.GIVEN,), Role.LAYERED, "1",
            "temperature limitation of decomposition (T_SCALAR)",
        )  # fmt: skip
        fields = tuple(scalar if f.sources == (self.LAND,) else f for f in self.fields)
        product = self.product and self.product._replace(temperature=scalar.name)
        return replace(self, fields=fields, product=product)

    def without_litter_inputs(self) -> "LandModel":
        """The same without the accumulated carbon input."""
        kept = tuple(field for field in self.fields if field.role is not Role.LITTER_INPUT)
        return replace(self, fields=kept)

    @property
    def litter_inputs(self) -> tuple[LandField, ...]:
        """Fields of the carbon input to the litter pools."""
        return tuple(field for field in self.fields if field.role is Role.LITTER_INPUT)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of all fields in the history."""
        return tuple(dict.fromkeys(source for field in self.fields for source in field.sources))

    @property
    def replaceable(self) -> tuple[str, ...]:
        """Fields of the history for which the configuration may name a substitute."""
        litter = {source for field in self.litter_inputs for source in field.sources}
        kept = litter | set(self.SHOW_LAND)
        return tuple(name for name in self.sources if name not in kept)


@dataclass(frozen=True)
class CaseColumns:
    """The forcing in a table of cases (``python -m proda.model``).

    Parameters
    ----------
    read
        ``read(cases, model, version)`` returns the forcing of the cases; version of CLM whose
        default parameters are run, or None.
    columns
        The columns of the table in words, with their units.
    default_columns
        Those that runs at default parameters need in addition.
    """

    read: "Callable[[Cases, SoilModel, str | None], Forcing]"
    columns: str
    default_columns: str


@dataclass(frozen=True)
class DefaultRun:
    """A structure's run at CLM's own parameters (``proda.model.default_runs``).

    Parameters
    ----------
    usual_version
        Version of CLM that is taken if none is named.
    switches
        By version, the switches in which the run differs from the structure's own.
    fill
        ``fill(values, forcing, version)`` enters what CLM has no single value for into values
        (n, 26), in place.
    """

    usual_version: str
    switches: Mapping[str, Mapping[str, bool | float]]
    fill: Callable[[FloatArray, Forcing, str], None]


@dataclass(frozen=True, eq=False)
class Structure:
    """A parameter table, switches and forcing under one name.

    Parameters
    ----------
    name
        In the configuration, in files and in messages.
    description
        In a few words.
    forcing
        Class of the forcing, which fills prepared columns and belongs to a soil grid.
    parameters
        Names, bounds and CLM defaults.
    switches
        Choices of the study.
    land_model
        What is read from the land model's history.
    cases
        The forcing in a table of cases.
    default_run
        The run at CLM's own parameters.
    """

    name: str
    description: str
    forcing: type[Forcing]
    parameters: ParameterTable
    switches: Switches
    land_model: LandModel
    cases: CaseColumns
    default_run: DefaultRun

    def __post_init__(self) -> None:
        if self.grid.n_layers < MIN_LAYERS:
            found = f"{self.grid.n_layers} of {self.name}"
            raise InputError("grid of a structure", f"{MIN_LAYERS} layers or more", found)

    @property
    def grid(self) -> SoilGrid:
        """Soil layers."""
        return self.forcing.grid

    @property
    def months(self) -> int:
        """Time steps of the forcing in a year."""
        return self.forcing.months

    @property
    def has_bedrock(self) -> bool:
        """Whether the forcing gives the number of layers above bedrock."""
        return self.forcing.has_bedrock

    @property
    def input_from_npp(self) -> bool:
        """Whether carbon input comes from NPP and allocation parameters, else from litter input."""
        return self.switches.input_from_npp

    @cached_property
    def prior(self) -> Prior:
        """Prior of the parameters."""
        return Prior(self.parameters, self.input_from_npp)
