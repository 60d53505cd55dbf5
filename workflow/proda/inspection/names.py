"""How columns of soil tables are commonly named: a guess at the meaning and unit of a column.

Names are compared in lower case with all punctuation as ``_``, so that ``OC [g/kg]`` is
``oc_g_kg``. The unit is what the name ends in.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["HORIZON_ROLES", "POINT_ROLES", "Named", "guess_columns", "normalised"]

_ID = (
    "profile_?id", "profile", "profile_?(name|code|key|nr|no)", "pedon_?(id|key)?",
    "pit_?(id|name)?", "core_?(id|name)?", "pro_name", "id_?profile", "plot_?(id|name)?",
    "site_?(id|name|code)?", "location_?(id|name)?", "sample_?site", "id",
)  # fmt: skip
_LONGITUDE = ("longitude(_(decimal|dd|wgs84|std|deg|degrees?))?", "long?", "long?_(dd|wgs84|deg)",
              "lng", "x", "x_?coord(inate)?s?", "decimal_?longitude", "pro_lon(g)?")  # fmt: skip
_LATITUDE = ("latitude(_(decimal|dd|wgs84|std|deg|degrees?))?", "lat", "lat_(dd|wgs84|deg)", "y",
             "y_?coord(inate)?s?", "decimal_?latitude", "pro_lat")  # fmt: skip

HORIZON_ROLES: dict[str, tuple[str, ...]] = {
    "profile_id": _ID,
    "longitude": _LONGITUDE,
    "latitude": _LATITUDE,
    "upper_depth": (
        "upper_?(depth|limit|boundary)?", "top_?(depth)?", "depth_?(top|upper|from|min|start)",
        "(lay|layer|hzn|hz|horizon|lyr)_?(top|upper|from)(_?depth)?", "hzdept", "from", "min_depth",
        "start_?depth",
    ),
    "lower_depth": (
        "lower_?(depth|limit|boundary)?", "bot(tom)?_?(depth)?",
        "depth_?(bot(tom)?|base|lower|to|max|end)", "base",
        "(lay|layer|hzn|hz|horizon|lyr)_?(bot|bottom|lower|base|to)(_?depth)?", "hzdepb", "to",
        "max_depth", "end_?depth",
    ),
    "depth": ("depth", "depth_?(interval|range|class|increment)", "interval", "increment"),
    "organic_carbon": (
        "organic_?carbon", "soil_organic_carbon", "(lyr_)?soc(_(tot|content|conc|mean))?",
        "oc(_(content|conc|usda))?", "orgc?_?(c|carbon)?(_value(_avg)?)?", "c_?org", "corg",
        "org_c", "toc", "carbon_organic", "soc_?percent",
    ),
    "bulk_density": (
        "bulk_?dens(ity)?(_(fine_earth|samp|tot|33|oven_?dry))?", "(lyr_)?bd(_(samp|tot|fine))?",
        "db(_(od|13b|ovendry))?", "bdod?", "bdfi(od|33|ad|fm)?", "dry_bulk_density", "density",
        "dbd",
    ),
    "coarse_fragments": (
        "coarse_?frag(ment)?s?(_(vol(ume)?|tot))?", "cf(vo)?", "(total_)?frag(ment)?s?(_?vol)?",
        "fragvol", "(coarse_)?stones?", "stoniness", "gravel(_content)?", "rock_?frag(ment)?s?",
        "rocks", "skeleton", "rfc?",
    ),
    "horizon": ("horizon", "(hzn|hz|horizon|layer|lyr)_?(name|designation|desgn|desig|code)",
                "hzn|hz|hor", "designation", "master_horizon"),
    "organic": ("organic(_?(surface|layer|flag))?", "is_organic", "litter(_layer)?"),
    "date": ("(sampl(e|ing)|observation|obs|collection)_?date", "date(_(sampled|collected))?"),
}  # fmt: skip
"""Patterns of whole names by key of ``profiles.source.columns``, the most telling first."""

POINT_ROLES: dict[str, tuple[str, ...]] = {
    "point_id": ("point_?(id|name)?", *_ID, "sample_?(id|name)?"),
    "longitude": _LONGITUDE,
    "latitude": _LATITUDE,
    "stock": ("stock", r"(soc|oc|c|carbon)_?stocks?(_\w+)?", r"stocks?_\w+", r"ocs(_\w+)?",
              r"socs?_(\d+_)+\w*"),
}  # fmt: skip
"""The same for tables of stocks at points (section ``validation``)."""

# What a name ends in, the unit as in the configuration, and the roles that have such a unit.
_UNITS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("kg_?dm_?3", "kg_dm3", ("bulk_density",)),
    ("g_?(cm_?3|cc|ml)", "g_cm3", ("bulk_density",)),
    ("(mg|t)_?m_?3", "Mg_m3", ("bulk_density",)),
    ("kg_?m_?3", "kg_m3", ("bulk_density",)),
    ("g_?(c_)?kg(_1)?", "g_kg", ("organic_carbon",)),
    ("mg_?(c_)?g(_1)?", "mg_g", ("organic_carbon",)),
    ("pct|perc(ent)?|prc|wt_?pct", "percent", ("organic_carbon", "coarse_fragments")),
    ("frac(tion)?|kg_kg", "fraction", ("organic_carbon", "coarse_fragments")),
    ("cm", "cm", ("upper_depth", "lower_depth", "depth")),
    ("mm", "mm", ("upper_depth", "lower_depth", "depth")),
    ("m", "m", ("upper_depth", "lower_depth", "depth")),
    ("(mg|t)_?(c_)?ha(_1)?", "Mg ha-1", ("stock",)),
    ("kg_?(c_)?m_?2", "kg m-2", ("stock",)),
    ("g_?(c_)?m_?2", "g m-2", ("stock",)),
)


class Named(NamedTuple):
    """A column whose name tells its meaning.

    column is its name in the file, unit that of the name, or None; rank is the place of its pattern
    among those of the role, 0 for the most telling one.
    """

    column: str
    unit: str | None
    rank: int


def normalised(name: str) -> str:
    """Return a name in lower case with ``pct`` for the per cent sign and ``_`` for punctuation."""
    text = name.replace("%", " pct ").replace("°", " deg ")
    return re.sub(r"[^0-9a-z]+", "_", text.lower()).strip("_")


def guess_columns(
    header: Sequence[str], roles: dict[str, tuple[str, ...]]
) -> dict[str, list[Named]]:
    """Columns that may have each role, the most likely first.

    Parameters
    ----------
    header
        Names of the columns.
    roles
        HORIZON_ROLES or POINT_ROLES.
    """
    found: dict[str, list[Named]] = {}
    for role, patterns in roles.items():
        candidates = []
        for name in header:
            stem, unit = _without_unit(normalised(name), role)
            for whole in dict.fromkeys((stem, normalised(name))):
                rank = next((k for k, p in enumerate(patterns) if re.fullmatch(p, whole)), None)
                if rank is not None:
                    candidates.append(Named(name, unit, rank))
                    break
        found[role] = sorted(candidates, key=lambda one: one.rank)
    return found


def _without_unit(name: str, role: str) -> tuple[str, str | None]:
    for pattern, unit, having in _UNITS:
        if role in having and (end := re.search(f"_({pattern})$", name)):
            return name[: end.start()], unit
    return name, None
