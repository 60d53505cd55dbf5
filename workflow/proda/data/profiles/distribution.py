"""Whether the columns of a table of horizons, as a whole, have the quantity and unit declared.

`proda.quantities` holds the ranges; this module selects the horizons that are judged. Depths come
first, because carbon is judged in the topsoil only: deep horizons may have next to none.
"""

import logging
from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from proda.arrays import Mask
from proda.data.profiles.density import FINE_EARTH_CODES, WHOLE_SOIL_CODES, mineral_bulk_density
from proda.data.profiles.quality import ORGANIC_MATERIAL
from proda.errors import InputError
from proda.quantities import MIN_VALUES, QUANTITIES, check_distribution

__all__ = ["COLUMNS", "check_columns", "warn_of_organic_material"]

# Names allowed in `profiles.accept_as_is`.
COLUMNS = ("organic_carbon", "bulk_density", "coarse_fragments", "depth", "coordinates")
# Horizons with a middle or a top above these are topsoil, m.
_TOPSOIL, _SURFACE = 0.15, 0.05
# g kg-1. Organic horizons have more than 120 (Soil Taxonomy); half of it allows for mixtures.
_MIN_ORGANIC = 60.0
# g kg-1. Outside of these medians of topsoil, bulk density decides whether the unit is another one.
_DRY, _RICH = 8.0, 50.0
# Poorer topsoil than this is another unit even if its bulk density is that of a desert.
_POOREST = 1.0

log = logging.getLogger(__name__)


def check_columns(
    horizons: pd.DataFrame,
    where: str,
    units: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    accept_as_is: Collection[str] = (),
) -> None:
    """Check that no column has the distribution of another unit or quantity.

    Parameters
    ----------
    horizons
        Table with the columns of the package, without codes.
    where
        Name of the source, for messages.
    units
        Setting and unit declared, by name of COLUMNS, see `table.declared_units`; empty for a
        product whose units are known.
    accept_as_is
        Names of COLUMNS that are not judged.

    Raises
    ------
    InputError
        For a column that looks like another unit or quantity.
    """
    h = horizons
    mineral = ~h["organic"].to_numpy(dtype=bool) & (h["upper_depth"] >= 0).to_numpy()
    in_order = (h["lower_depth"] > h["upper_depth"]).to_numpy() & (h["lower_depth"] < np.inf)

    def check(column: str, quantity: str, values: pd.Series, min_values: int = MIN_VALUES) -> None:
        if column not in accept_as_is:
            accept = f"add {column} to profiles.accept_as_is"
            declared = units.get(column)
            check_distribution(quantity, values, f"{where}, {column}", accept, declared, min_values)

    lower = h["lower_depth"][mineral & in_order]
    check("depth", "depth", lower, min_values=1)
    check("depth", "horizon_thickness", lower - h["upper_depth"][mineral & in_order])
    for code in (*FINE_EARTH_CODES, *WHOLE_SOIL_CODES):
        if code in h:
            check("bulk_density", "bulk_density", h[code])
    for name in ("coarse_fragments_volume", "coarse_fragments_mass"):
        if name in h:
            check("coarse_fragments", "coarse_fragments", h[name])
    if "organic_carbon" not in accept_as_is:
        shallow = (_middle(h) <= _TOPSOIL) | (h["upper_depth"] <= _SURFACE)
        topsoil = mineral & in_order & shallow.to_numpy()
        _check_carbon(h, topsoil, f"{where}, organic_carbon", units.get("organic_carbon"))


def _middle(h: pd.DataFrame) -> pd.Series:
    return (h["upper_depth"] + h["lower_depth"]) / 2


def _check_carbon(
    h: pd.DataFrame, topsoil: Mask, where: str, declared: tuple[str, str] | None
) -> None:
    """Judge carbon of organic horizons, of rich ones, and of topsoil beside its bulk density."""
    accept = "add organic_carbon to profiles.accept_as_is"
    organic = h["organic_carbon"][h["organic"].to_numpy(dtype=bool)].dropna()
    if organic.size >= MIN_VALUES and organic.median() < _MIN_ORGANIC:
        known = QUANTITIES["organic_carbon"]
        looks = [
            mistake
            for factor, mistake in known.mistakes.items()
            if _MIN_ORGANIC <= organic.median() * factor <= known.upper
            and (declared is None or mistake.endswith(f"read as {declared[1]}"))
        ]
        raise InputError(
            where,
            f"at least {_MIN_ORGANIC:g} g kg-1 in horizons that are called organic",
            f"a median of {organic.median():g} in {organic.size} of them",
            f"{' or '.join([*looks, 'designations that mean something else'])} "
            f"(source.organic_pattern)? If the numbers are right, {accept}",
        )
    # Organic horizons hold 300 to 500 g kg-1, and 520 to 860 of organic matter.
    rich = h["organic_carbon"][h["organic_carbon"] > ORGANIC_MATERIAL]
    upper = QUANTITIES["organic_carbon"].upper
    # A few values may lie beyond all matter.
    matter = rich.size >= MIN_VALUES and rich.quantile(0.75) > upper
    if matter and rich.quantile(0.95) <= 1000:
        raise InputError(
            where,
            f"at most {upper:g} g kg-1, all that organic matter holds",
            f"more in a quarter of the {rich.size} richest horizons, up to {rich.max():g}",
            "it looks like organic matter or loss on ignition: divide by 1.724; "
            f"if the numbers are right, {accept}",
        )
    h = h[topsoil & (h["organic_carbon"] > 0).to_numpy()]
    if len(h) < MIN_VALUES:
        return
    carbon, density = h["organic_carbon"], _measured_density(h)
    middle = carbon.median()
    factor = 10.0 if middle < _DRY else 0.1
    mistake = QUANTITIES["organic_carbon"].mistakes[factor]
    known = density.notna()
    undecided = _POOREST <= middle < _DRY or middle > _RICH
    fits = declared is None or mistake.endswith(f"read as {declared[1]}")
    if undecided and known.sum() >= MIN_VALUES and (fits or middle > _RICH):
        # Poor soils are dense, rich ones are light: the unit must agree with the bulk density.
        measured, typical = density[known].median(), carbon[known].median()
        as_read, as_other = (mineral_bulk_density(typical * x) for x in (1.0, factor))
        if abs(measured - as_other) >= abs(measured - as_read):
            return
        if fits:
            setting = f"is {declared[0]} right?; " if declared else ""
            raise InputError(
                f"{where} of topsoil",
                f"a bulk density near {as_read:.2f} kg dm-3 with {typical:.3g} g kg-1 of carbon",
                f"{measured:.2f} (medians of {known.sum()} horizons)",
                f"it looks like {mistake}; {setting}if the numbers are right, {accept}",
            )
    if middle > ORGANIC_MATERIAL:
        accept += "; if organic horizons are among them, name their column under source.columns"
        accept += " (horizon or organic)"
    check_distribution("organic_carbon", carbon, f"{where} of topsoil", accept, declared)


def _measured_density(h: pd.DataFrame) -> pd.Series:
    """The first measured bulk density of each horizon, kg dm-3."""
    density = h["organic_carbon"] * np.nan
    for code in (*FINE_EARTH_CODES, *WHOLE_SOIL_CODES):
        if code in h:
            density = density.fillna(h[code])
    return density


def warn_of_organic_material(horizons: pd.DataFrame, where: str) -> None:
    """Log horizons that are called mineral and have the carbon of organic material."""
    rich = horizons[~horizons["organic"] & (horizons["organic_carbon"] > ORGANIC_MATERIAL)]
    if len(rich):
        log.warning(
            "%s: %d horizons with more than %g g kg-1 of organic carbon are called mineral, "
            "e.g. %s of profile %s: are they organic?",
            where,
            len(rich),
            ORGANIC_MATERIAL,
            rich["horizon_id"].iloc[0],
            rich["profile_id"].iloc[0],
        )
