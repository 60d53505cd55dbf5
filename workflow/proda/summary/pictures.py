"""The four pictures of the first page."""

from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["Picture", "chosen_pictures"]

NUMBER = 4


@dataclass(frozen=True)
class Picture:
    """A figure of a run, by the name of its file below figures/, and what it shows."""

    figure: str
    caption: str


# The most telling first; a run has some of them.
CANDIDATES = (
    Picture("figure_3", "Soil carbon to 30, 100 and 200 cm: observations, references and methods."),
    Picture("skill", "Skill of the methods at profiles seen and held out, with 95 % intervals."),
    Picture("component_control", "What holding one mechanism uniform does to stock and skill."),
    Picture("transient_series", "Soil carbon through time, by parameter set and scenario."),
    Picture(
        "predictive_checks", "Whether predictive intervals contain the observations they should."
    ),
    Picture("figure_4", "Totals of methods and reference products, by depth."),
    Picture("figure_2", "Modelled against observed soil carbon, and the residuals in space."),
    Picture("convergence", "Convergence of the chains of the profiles."),
    Picture("figure_s2", "The profiles: where they are, and what became of them."),
)


def chosen_pictures(figures: Collection[str]) -> list[Picture]:
    """The first four of the candidates that a run has.

    Parameters
    ----------
    figures
        Names of the figures of the run.
    """
    return [one for one in CANDIDATES if one.figure in figures][:NUMBER]
