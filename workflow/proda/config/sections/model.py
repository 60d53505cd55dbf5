"""The section `model`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.model.structures import by_structure

__all__ = ["ModelSettings"]


@dataclass(frozen=True)
class ModelSettings:
    """The default run of the soil carbon model, without data assimilation."""

    default_version: Annotated[
        Literal["clm5", "clm4.5"] | None,
        "CLM version of the default parameters; null for the usual one of the structure. "
        + by_structure(lambda record: record.default_run.usual_version),
    ] = None
    default_source: Annotated[
        Literal["clm", "matrix"],
        "Source of the SOC of the method default: clm, the soil carbon in the land model's history "
        "(SOIL1C_vr, SOIL2C_vr, SOIL3C_vr), or matrix, the matrix model with default parameters, "
        "which requires CELLSAND in the history.",
    ] = "clm"
