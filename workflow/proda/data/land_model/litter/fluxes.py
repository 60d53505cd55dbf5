"""Litter input from litterfall and mortality.

With f the flux of an organ and p its depth profile (m-1, with an integral of 1), the input to a
pool in a layer is the mean over the months of

    sum over organs   share(pool) f_month p_month

Leaves and fine roots are divided 25 : 50 : 25 among metabolic, cellulose and lignin litter; stems
and coarse roots become woody debris; storage, transfer and growth-respiration pools become
metabolic litter (CLM5 technical note 2.22; CTSM defaults lf_* and fr_*). Profiles are those of CLM
by organ, or that of roots where the files do not hold them all. In a grid cell the mean flux meets
the mean profile of its patches.
"""

from typing import NamedTuple

import numpy as np

from proda.arrays import FloatArray
from proda.data.land_model.history import Field
from proda.data.land_model.litter.common import (
    SECONDS_PER_YEAR,
    LitterInput,
    Source,
    by_root_profile,
    flux_field,
)
from proda.data.land_model.substitutes import HistoryFields
from proda.model.grid import SoilGrid

__all__ = ["FIELDS", "PROFILES", "REQUIRED", "Organ", "fluxes_in", "read_fluxes", "unit_profile"]

# Share of CWD, L1, L2, L3.
FINE, WOOD, METABOLIC = (0.0, 0.25, 0.5, 0.25), (1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0)


class Organ(NamedTuple):
    """Depth profile of an organ, and where its structural carbon goes."""

    profile: str
    share: tuple[float, float, float, float]


ORGANS = {
    "LEAF": Organ("LEAF_PROF", FINE),
    "FROOT": Organ("FROOT_PROF", FINE),
    "LIVESTEM": Organ("STEM_PROF", WOOD),
    "DEADSTEM": Organ("STEM_PROF", WOOD),
    "LIVECROOT": Organ("CROOT_PROF", WOOD),
    "DEADCROOT": Organ("CROOT_PROF", WOOD),
}
PROFILES = tuple(dict.fromkeys(organ.profile for organ in ORGANS.values()))


def _fluxes() -> tuple[dict[str, Organ], dict[str, Organ]]:
    """Required and optional fluxes: their profile and share."""
    required = {f"{organ}C_TO_LITTER": ORGANS[organ] for organ in ("LEAF", "FROOT")}
    required |= {f"M_{name}C_TO_LITTER": organ for name, organ in ORGANS.items()}
    # Stems of crops fall as leaves do.
    optional = {"LIVESTEMC_TO_LITTER": ORGANS["LEAF"]}
    for name, organ in ORGANS.items():
        stores = [f"{name}C_STORAGE", f"{name}C_XFER"]
        optional[f"M_{name}C_TO_LITTER_FIRE"] = organ
        if name != "DEADSTEM":  # harvested stems become products
            optional[f"HRV_{name}C_TO_LITTER"] = organ
        for store in stores:
            reserve = organ._replace(share=METABOLIC)
            optional |= {f"M_{store}_TO_LITTER{fire}": reserve for fire in ("", "_FIRE")}
            optional[f"HRV_{store}_TO_LITTER"] = reserve
    for store in ("GRESP_STORAGE", "GRESP_XFER"):
        reserve = ORGANS["LEAF"]._replace(share=METABOLIC)
        optional |= {f"M_{store}_TO_LITTER{fire}": reserve for fire in ("", "_FIRE")}
        optional[f"HRV_{store}_TO_LITTER"] = reserve
    return required, optional


_REQUIRED, _OPTIONAL = _fluxes()
REQUIRED = tuple(_REQUIRED)
"""Fluxes without which there is no input from fluxes."""

FIELDS: dict[str, Field] = {name: flux_field(name) for name in (*_REQUIRED, *_OPTIONAL)} | {
    name: Field((name,), ("m-1", "1 m-1"), 0.0, 1e3, 1e-6) for name in PROFILES
}
"""All fields that are read if the files hold them."""


def fluxes_in(fields: HistoryFields) -> dict[str, Organ]:
    """Fluxes that a history holds, with their profile and share, by name.

    Parameters
    ----------
    fields
        The history.
    """
    return {name: organ for name, organ in (_REQUIRED | _OPTIONAL).items() if name in fields}


def unit_profile(values: FloatArray, grid: SoilGrid) -> FloatArray:
    """Profiles (..., layers, lat, lon) of integral 1, m-1; at the surface where there is none.

    Parameters
    ----------
    values
        Of any integral.
    grid
        Soil layers.
    """
    thickness = grid.thickness[:, None, None]
    integral = (values * thickness).sum(axis=-3, keepdims=True)
    surface = np.zeros_like(values)
    surface[..., 0, :, :] = 1.0 / grid.thickness[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(integral == 0.0, surface, values / integral)


def read_fluxes(source: Source) -> LitterInput:
    """Input from the fluxes in the files.

    Parameters
    ----------
    source
        Files that hold REQUIRED.

    Raises
    ------
    InputError
        For units and impossible values.
    """
    fields = source.fields
    present = fluxes_in(fields)
    missing = [name for name in PROFILES if name not in fields]
    result: FloatArray | None = None
    if missing:
        for name, organ in present.items():
            part = np.multiply.outer(organ.share, source.annual(name))
            result = part if result is None else result + part
        assert result is not None
        by_layer = by_root_profile(result, source.grid)
        depth = f"over depth as roots, without {', '.join(missing)}"
    else:
        profiles = {name: _profile(source, name) for name in PROFILES}
        for name, organ in present.items():
            monthly = fields.surface(name, "month", source.years)
            mean = (monthly[:, None] * profiles[organ.profile]).mean(axis=0) * SECONDS_PER_YEAR
            part = np.multiply.outer(organ.share, mean)
            result = part if result is None else result + part
        assert result is not None
        by_layer, depth = result, "over depth by " + ", ".join(PROFILES)
    groups = {"fire": "_FIRE", "harvest": "HRV_", "storage": "STORAGE"}
    absent = [kind for kind, key in groups.items() if not any(key in name for name in present)]
    without = f", without those of {', '.join(absent)}" if absent else ""
    text = f"{len(present)} fluxes of litterfall and mortality{without}; {depth}"
    return LitterInput(np.maximum(by_layer, 0.0), text)


def _profile(source: Source, name: str) -> FloatArray:
    """Monthly profile (12, layers, lat, lon) with an integral of 1 where there is any, m-1."""
    values = source.fields.layers(name, source.grid.node, "month", source.years, interpolate=False)
    return unit_profile(values, source.grid)
