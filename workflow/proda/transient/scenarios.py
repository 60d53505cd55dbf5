"""Scenarios: which year's climate and which year's carbon input drive each year of a run.

Whatever a scenario holds, climate or input, repeats the base years for ever, in their order and
beginning with the first; in the base years themselves all scenarios are the same. Every run starts
from the state to which the base years lead if they repeat, so that what it gains or loses in the
static scenario is drift, and is nothing.

With C the change of carbon in a scenario, its parts are

    input         C(input only) - C(static)
    climate       C(climate only) - C(static)
    interaction   C(all) - C(input only) - C(climate only) + C(static)

which sum to C(all) - C(static).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from proda.arrays import FloatArray
from proda.config.sections.transient import SCENARIO_NAMES
from proda.errors import InputError

__all__ = [
    "ALL",
    "CLIMATE_ONLY",
    "INPUT_ONLY",
    "PARTS",
    "SCENARIOS",
    "STATIC",
    "ForcingYears",
    "Scenario",
    "attribution",
    "forcing_years",
]


@dataclass(frozen=True)
class Scenario:
    """What changes in a scenario; the rest repeats the base years.

    Parameters
    ----------
    name, label
        In the configuration and files, and in figures.
    climate, carbon_input
        Whether climate and input are those of the year.
    """

    name: str
    label: str
    climate: bool
    carbon_input: bool


class ForcingYears(NamedTuple):
    """Calendar years whose climate and whose input drive a year of a run."""

    climate: int
    carbon_input: int


LABELS = ("Static", "Input only", "Climate only", "Climate and input")
STATIC, INPUT_ONLY, CLIMATE_ONLY, ALL = (
    Scenario(name, label, climate=k >= 2, carbon_input=bool(k % 2))
    for k, (name, label) in enumerate(zip(SCENARIO_NAMES, LABELS, strict=True))
)
SCENARIOS = {one.name: one for one in (STATIC, INPUT_ONLY, CLIMATE_ONLY, ALL)}

PARTS = {"input": "Input", "climate": "Climate", "interaction": "Interaction"}
"""Names of the parts of a change, with their labels."""


def forcing_years(
    scenario: Scenario, years: Sequence[int], base_years: Sequence[int]
) -> list[ForcingYears]:
    """The forcing of every year of a run.

    Parameters
    ----------
    scenario
        What changes.
    years
        Consecutive calendar years of the run.
    base_years
        The first of them, which are repeated.

    Raises
    ------
    InputError
        For years that do not follow one another and base years that are not the first of them.
    """
    years, base_years = list(years), list(base_years)
    if not years or years != list(range(years[0], years[0] + len(years))):
        raise InputError("years of a run", "consecutive years", _span(years))
    if not base_years or base_years != years[: len(base_years)]:
        expected = f"the first of the years {_span(years)}"
        raise InputError("base years", expected, _span(base_years))
    found = []
    for k, year in enumerate(years):
        held = base_years[k % len(base_years)]
        found.append(
            ForcingYears(
                year if scenario.climate else held, year if scenario.carbon_input else held
            )
        )
    return found


def attribution(changes: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Parts of the change of carbon, by the names of PARTS.

    Parameters
    ----------
    changes
        Change in each of SCENARIOS, by name, of one shape.

    Returns
    -------
    dict
        The parts, which sum to the change under all minus the static one.
    """
    static, everything = changes[STATIC.name], changes[ALL.name]
    by_input, by_climate = changes[INPUT_ONLY.name], changes[CLIMATE_ONLY.name]
    parts = (
        by_input - static,
        by_climate - static,
        (everything - by_input) - (by_climate - static),
    )
    return dict(zip(PARTS, parts, strict=True))


def _span(years: Iterable[int]) -> str:
    """Years as a text."""
    listed = list(years)
    if len(listed) > 3:
        return f"{listed[0]}, {listed[1]}, ... {listed[-1]}"
    return ", ".join(map(str, listed)) or "none"
