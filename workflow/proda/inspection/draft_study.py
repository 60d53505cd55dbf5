"""Sections of a draft that say what is done and where: methods and region."""

import numpy as np

from proda.arrays import FloatArray
from proda.config.sections.learning import LearningSettings
from proda.inspection.draft_material import Material
from proda.inspection.guessed_tables import places
from proda.parameters.methods import DEFAULT, METHODS, Kind, of_kind, selectable

__all__ = ["write_methods", "write_region"]

_OUTLINES = (".geojson", ".shp", ".gpkg")
_MARGIN = 1.0  # degrees around the profiles
# Places farther from the quartiles than so many times their distance are outliers.
_OUTLIERS = 5.0
# Of a job: it starts in a second and fits a profile in a fraction of one.
_PROFILES_PER_JOB = 50


def write_methods(found: Material) -> None:
    """Write the methods for which there is enough, and the size of jobs.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    """
    learners = of_kind(selectable(), Kind.LEARNER, Kind.DIRECT)
    omitted: dict[str, str] = {}
    if found.fields.history and not (found.has_carbon or found.has_sand):
        reason = "the history holds neither its soil carbon by layer nor CELLSAND"
        omitted[DEFAULT.name] = reason
    minimum = LearningSettings.min_profiles
    if not found.fields.covariates:
        omitted |= dict.fromkeys(learners, "no covariates were found to learn from")
    elif found.number_of_profiles is not None and found.number_of_profiles < minimum:
        reason = f"fewer than {minimum} profiles to learn from"
        omitted |= dict.fromkeys(learners, reason)
    _write_job_size(found)
    if not omitted:
        return
    found.lines.blank()
    for reason in dict.fromkeys(omitted.values()):
        names = [METHODS[name].label for name, why in omitted.items() if why == reason]
        found.lines.comment(f"Without {', '.join(names)}: {reason}.")
    chosen = [name for name in selectable() if name not in omitted]
    found.lines.key("methods", chosen)


def _write_job_size(found: Material) -> None:
    """Jobs of many profiles, where there are many."""
    if found.number_of_profiles is not None and found.number_of_profiles <= 2 * _PROFILES_PER_JOB:
        return
    why = "a job starts in a second and fits a profile in a fraction of one"
    found.lines.blank()
    found.lines.section("assimilation")
    found.lines.key("profiles_per_job", _PROFILES_PER_JOB, 1, why)


def write_region(found: Material) -> None:
    """Write the section `region`: an outline, or a box around the profiles.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    """
    lines = found.lines
    outlines = [path for path in found.files if path.suffix.lower() in _OUTLINES]
    if outlines:
        lines.blank()
        lines.section("region")
        doubt = None
        if len(outlines) > 1:
            doubt = f"one of {len(outlines)} files with outlines"
        lines.key("polygon", str(outlines[0]), 1, "the study area", doubt)
        found.recognised[found.name(outlines[0])] = "outline of the region"
        return
    table = found.horizons[0] if found.horizons else None
    if table is not None and "longitude" not in table.columns and found.sites:
        table = found.sites[0]
    if table is None or "longitude" not in table.columns:
        return
    lon, lat = places(table)
    if not lon.size:
        return
    (west, east), (south, north) = _usual_range(lon), _usual_range(lat)
    bounds = [
        max(-180.0, np.floor(west - _MARGIN)),
        max(-90.0, np.floor(south - _MARGIN)),
        min(180.0, np.ceil(east + _MARGIN)),
        min(90.0, np.ceil(north + _MARGIN)),
    ]
    lines.blank()
    lines.section("region")
    lines.comment("West, south, east and north of the profiles and a degree more: the land", 1)
    lines.comment("within. Or name a file with an outline (polygon), or a country.", 1)
    lines.key("bounds", [float(value) for value in bounds], 1)
    lines.key("resolution", 0.5, 1, "degrees; of the maps")


def _usual_range(values: FloatArray) -> tuple[float, float]:
    """Range of values without outliers: one misplaced profile must not widen the region."""
    first, third = np.quantile(values, [0.25, 0.75])
    reach = max(_OUTLIERS * (third - first), _MARGIN)
    usual = values[(values >= first - reach) & (values <= third + reach)]
    return float(usual.min()), float(usual.max())
