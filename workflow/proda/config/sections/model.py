"""The section `model`."""

from dataclasses import dataclass
from typing import Annotated, Literal

__all__ = ["ModelSettings"]


@dataclass(frozen=True)
class ModelSettings:
    """The default run of the soil carbon model, without data assimilation."""

    default_version: Annotated[
        Literal["clm5", "clm4.5"] | None,
        "CLM version of the default parameters; null for clm4.5 with structure clm45-10 (CLM5's "
        "water limitation is not meant for annual means of soil water potential) and clm5 with "
        "clm5-20.",
    ] = None
    default_source: Annotated[
        Literal["clm", "matrix"],
        "Source of the SOC of the method default: clm, the soil carbon in the land model's history "
        "(SOIL1C_vr, SOIL2C_vr, SOIL3C_vr), or matrix, the matrix model with default parameters, "
        "which requires CELLSAND in the history.",
    ] = "clm"
