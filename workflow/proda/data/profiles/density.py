"""SOC density of a horizon, and where its bulk density and coarse fragments came from.

    soc_density [gC m-3] = 1000 * organic_carbon [g kg-1] * bulk_density [kg dm-3] * (1 - v)

``bulk_density`` is that of the fine earth (< 2 mm) in the volume the fine earth takes, and ``v``
the volume fraction of coarse fragments. The first of these sources that has a value is taken:

1. measured on fine earth: oven dry (bdfiod), 33 kPa (bdfi33), air dry (bdfiad), field moist
   (bdfifm), moisture not stated (bdfi);
2. measured on the whole soil, same order (bdws*). Its fine earth per volume of soil is
   BDws * (1 - m), with ``m`` the mass fraction of fragments: the fragments are subtracted once, by
   mass, and the bulk density given is BDws * (1 - m) / (1 - v), so that the equation above holds;
3. a pedotransfer function of organic carbon.

Where only one of ``m`` and ``v`` is measured the other follows from a fragment density of
2.65 kg dm-3; where neither is, both are 0 ("assumed_0"), which overestimates stony soils.
The form is that of OCSKGM in the R package GSIF.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Texts
from proda.errors import InputError

__all__ = [
    "BULK_DENSITY_SOURCES",
    "COARSE_FRAGMENTS_SOURCES",
    "FINE_EARTH_CODES",
    "PEDOTRANSFER_FUNCTIONS",
    "SINGLE_MEASUREMENTS",
    "WHOLE_SOIL_CODES",
    "add_soc_density",
    "check_pedotransfer",
    "mineral_bulk_density",
]

FINE_EARTH_CODES = ("bdfiod", "bdfi33", "bdfiad", "bdfifm", "bdfi")
WHOLE_SOIL_CODES = ("bdwsod", "bdws33", "bdwsad", "bdwsfm", "bdws")
# Columns of a table of horizons that `add_soc_density` turns into one density.
SINGLE_MEASUREMENTS = (
    *FINE_EARTH_CODES,
    *WHOLE_SOIL_CODES,
    "coarse_fragments_volume",
    "coarse_fragments_mass",
)
COARSE_FRAGMENTS_SOURCES = ("volume", "mass", "assumed_0")
FRAGMENT_DENSITY = 2.65  # kg dm-3, quartz

# Organic matter per organic carbon, van Bemmelen; the functions below take organic carbon in g kg-1
# and each applies the factor itself, once, where its authors fitted organic matter.
_OM = 1.724


def _mixing(om_fraction: FloatArray, organic: float, mineral: float) -> FloatArray:
    """Bulk density of an ideal mixture of organic and mineral matter (Adams 1973; Stewart 1970)."""
    return organic * mineral / (mineral * om_fraction + organic * (1 - om_fraction))


# Organic carbon [g kg-1] -> bulk density of fine earth [kg dm-3 = g cm-3].
PEDOTRANSFER_FUNCTIONS: dict[str, Callable[[FloatArray], FloatArray]] = {
    # F. Tao, public code SOC_Convergence (phxtao/SOC_Convergence); the default.
    "tao_2024": lambda oc: 0.32 + 1.30 * np.exp(-0.0089 * _OM * oc),
    # Manrique & Jones 1991, Soil Sci. Soc. Am. J. 55:476-481.
    "manrique_jones_1991": lambda oc: 1.660 - 0.318 * np.sqrt(oc / 10),
    # Alexander 1980, Soil Sci. Soc. Am. J. 44:689-692 (upland soils).
    "alexander_1980": lambda oc: 1.66 - 0.308 * np.sqrt(oc / 10),
    # Honeysett & Ratkowsky 1989, ignition loss and bulk density of forest soils, J. Soil Sci. 40.
    "honeysett_ratkowsky_1989": lambda oc: 1 / (0.564 + 0.0556 * _OM * oc / 10),
    # Drew 1973, Bulk density estimation based on organic matter content of some Minnesota soils.
    "drew_1973": lambda oc: 1 / (0.6268 + 0.0361 * _OM * oc / 10),
    # Jeffrey 1970, J. Ecology 58:297-299.
    "jeffrey_1970": lambda oc: 1.482 - 0.6786 * np.log10(_OM * oc / 10),
    # Federer et al. 1993, Can. J. For. Res. 23:1026-1032.
    "federer_1993": lambda oc: _mixing(_OM * oc / 1000, 0.111, 1.450),
    # Post & Kwon 2000, Global Change Biology 6:317-327.
    "post_kwon_2000": lambda oc: _mixing(_OM * oc / 1000, 0.244, 1.640),
    # Perie & Ouimet 2008, Can. J. Soil Sci. 88:315-325.
    "perie_ouimet_2008": lambda oc: _mixing(_OM * oc / 1000, 0.111, 1.767),
    # Huntington et al. 1989, Soil Sci. 148:380-386.
    "huntington_1989": lambda oc: np.exp(
        0.263 - 0.147 * np.log(oc / 10) - 0.103 * np.log(oc / 10) ** 2
    ),
    # Song et al. 2005, Biogeochemistry 74:197-208.
    "song_2005": lambda oc: 1.377 * np.exp(-0.0048 * oc),
}

BULK_DENSITY_SOURCES = (
    *FINE_EARTH_CODES,
    *WHOLE_SOIL_CODES,
    *(f"ptf_{name}" for name in PEDOTRANSFER_FUNCTIONS),
)


def check_pedotransfer(name: str | None) -> None:
    """Raise InputError unless ``name`` is None (no pedotransfer) or a known function."""
    if name is not None and name not in PEDOTRANSFER_FUNCTIONS:
        known = ", ".join(PEDOTRANSFER_FUNCTIONS)
        raise InputError("pedotransfer", f"one of {known}, or null for none", repr(name))


def mineral_bulk_density(organic_carbon: float) -> float:
    """Bulk density (kg dm-3) expected of mineral soil with this organic carbon (g kg-1).

    Manrique & Jones 1991, fitted to 12,000 horizons of the US; for plausibility, not for stocks.
    """
    function = PEDOTRANSFER_FUNCTIONS["manrique_jones_1991"]
    return max(float(function(np.asarray(organic_carbon))), 0.1)


# Absurd values may overflow here; they are recorded as implausible later.
@np.errstate(over="ignore", invalid="ignore")
def add_soc_density(horizons: pd.DataFrame, pedotransfer: str | None = "tao_2024") -> pd.DataFrame:
    """Add the density of organic carbon to a table of horizons; plausibility is not checked.

    Parameters
    ----------
    horizons
        Table with the columns of the package.
    pedotransfer
        A name of PEDOTRANSFER_FUNCTIONS, or None to leave horizons without a measured bulk density
        empty.

    Returns
    -------
    pandas.DataFrame
        The table with ``measured_bulk_density`` (kg dm-3, as in the source), ``bulk_density``
        (kg dm-3, fine earth), ``bulk_density_source``, ``coarse_fragments`` (volume %),
        ``coarse_fragments_source`` and ``soc_density`` (gC m-3) in place of the columns of the
        single sources.
    """
    check_pedotransfer(pedotransfer)
    carbon = horizons["organic_carbon"].to_numpy()
    measured, source = _first_measured(horizons)
    whole_soil = np.isin(source, WHOLE_SOIL_CODES)

    density = measured.copy()
    if pedotransfer is not None:
        estimate = np.isnan(density) & (carbon > 0) & np.isfinite(carbon)
        density[estimate] = PEDOTRANSFER_FUNCTIONS[pedotransfer](carbon[estimate])
        source[estimate] = f"ptf_{pedotransfer}"

    by_volume = _column(horizons, "coarse_fragments_volume") / 100
    by_mass = _column(horizons, "coarse_fragments_mass") / 100
    has_volume, has_mass = ~np.isnan(by_volume), ~np.isnan(by_mass)
    # If both are measured, mass determines the carbon of whole soil, volume that of fine earth.
    fragments_source = np.select(
        [whole_soil & has_mass, has_volume, has_mass], ["mass", "volume", "mass"], "assumed_0"
    )

    # Mass of fragments in a volume of soil [kg dm-3], of which `density` is the whole.
    mass_in_whole = np.select(
        [has_mass, has_volume],
        [by_mass * density, by_volume * FRAGMENT_DENSITY],
        0.0,
    )
    derived = np.where(whole_soil, mass_in_whole / FRAGMENT_DENSITY, _to_volume(by_mass, density))
    volume = np.select([has_volume, has_mass], [by_volume, derived], 0.0)
    fine_mass = np.where(whole_soil, density - mass_in_whole, density * (1 - volume))
    # Whole soil that is all fragments leaves no fine earth to have a density.
    of_fine_earth = np.divide(
        fine_mass, 1 - volume, out=np.full_like(density, np.nan), where=volume != 1
    )

    return horizons.drop(columns=list(SINGLE_MEASUREMENTS), errors="ignore").assign(
        measured_bulk_density=measured,
        bulk_density=np.where(whole_soil, of_fine_earth, density),
        bulk_density_source=pd.Categorical(source, categories=BULK_DENSITY_SOURCES),
        coarse_fragments=np.where(
            has_volume, _column(horizons, "coarse_fragments_volume"), 100 * volume
        ),
        coarse_fragments_source=pd.Categorical(fragments_source, COARSE_FRAGMENTS_SOURCES),
        soc_density=1000 * carbon * fine_mass,
    )


def _first_measured(horizons: pd.DataFrame) -> tuple[FloatArray, Texts]:
    """The first measured bulk density of each horizon (kg dm-3) and its code."""
    density = np.full(len(horizons), np.nan)
    source = np.full(len(horizons), None, dtype=object)
    for code in (*FINE_EARTH_CODES, *WHOLE_SOIL_CODES):
        values = _column(horizons, code)
        take = np.isnan(density) & ~np.isnan(values)
        density[take], source[take] = values[take], code
    return density, source


def _column(horizons: pd.DataFrame, name: str) -> FloatArray:
    """A column; NaN if the table has none of that name."""
    if name in horizons:
        return horizons[name].to_numpy()
    return np.full(len(horizons), np.nan)


def _to_volume(mass_fraction: FloatArray, fine_density: FloatArray) -> FloatArray:
    """Volume fraction of fragments from their mass fraction and the fine earth's bulk density."""
    fragments = mass_fraction * fine_density
    total = fragments + (1 - mass_fraction) * FRAGMENT_DENSITY
    return np.divide(fragments, total, out=np.full_like(total, np.nan), where=total != 0)
