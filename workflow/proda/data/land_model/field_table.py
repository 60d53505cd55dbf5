"""The fields of CLM history that are read: names, units and possible values.

Fields and units: CLM5 history field list (release-clm5.0); pool names changed with CTSM 5.1; tsl
is TSOI in CMIP. The fields of litter input are named by the structures that take them.
"""

from proda.data.land_model.history import Field
from proda.quantities import QUANTITIES

__all__ = ["FIELDS", "LAND", "litter_input_field"]

INPUT_UNITS = ("gC m-3 month-1", "gC m-3", "gC m-3 s-1")
NEGATIVE_INPUT = 1e-9  # in any of these units; less is rounding
# Regridding and packing move values beyond their range by rounding.
SCALAR_SLACK = 1e-3


def _field(
    names: tuple[str, ...], unit: str, quantity: str, slack: float = 0.0, hint: str | None = None
) -> Field:
    """Field whose values lie in the range of a quantity, in the unit of that quantity."""
    known = QUANTITIES[quantity]
    return Field(names, (unit,), known.lower, known.upper, slack, hint)


FIELDS = {
    field.name: field
    for field in (
        _field(("TSOI", "tsl"), "K", "soil_temperature", hint="temperature must be in kelvin"),
        _field(
            ("SOILPSI",), "MPa", "soil_water_potential", 1e-4,
            "a soil water potential is never positive",
        ),
        _field(("ALTMAX",), "m", "active_layer_depth", 1e-4),
        _field(("ALTMAX_LASTYEAR",), "m", "active_layer_depth", 1e-4),
        _field(("W_SCALAR",), "1", "scalar", SCALAR_SLACK),
        Field(("T_SCALAR",), ("1",), 0.0, 50.0, SCALAR_SLACK),
        _field(("O_SCALAR",), "1", "scalar", SCALAR_SLACK),
        _field(("FPI_vr",), "1", "scalar", SCALAR_SLACK),
        Field(("nbedrock",), (), 1, 20, hint="the number of soil layers above bedrock"),
        _field(("CELLSAND",), "%", "sand", 1e-2),
        # A month can take up or lose far more than the mean of a year; years are checked.
        Field(("NPP",), ("gC m-2 s-1",), -1e-3, 1e-3),
        _field(("SOIL1C_vr", "SOM_ACT_C_vr"), "gC m-3", "soc_density", 1e-3),
        _field(("SOIL2C_vr", "SOM_SLO_C_vr"), "gC m-3", "soc_density", 1e-3),
        _field(("SOIL3C_vr", "SOM_PAS_C_vr"), "gC m-3", "soc_density", 1e-3),
    )
}  # fmt: skip
"""Fields by their oldest name."""

LAND = FIELDS["TSOI"]
"""The field whose values show where there is land."""


def litter_input_field(name: str) -> Field:
    """Return the field of the carbon input to a litter pool."""
    return Field((name,), INPUT_UNITS, 0, slack=NEGATIVE_INPUT)
