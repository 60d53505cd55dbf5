"""The results of a run that a page is made from; what a run does not have is not on its page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["RunFiles"]


@dataclass(frozen=True)
class RunFiles:
    """Files of a run, by what they hold.

    Attributes
    ----------
    structure
        Name of the structure of the model.
    profiles, ledger
        Ledger of all profiles of the source, and of their horizons.
    posteriors
        Site posteriors.
    sites
        {method or blocked variant: its projection to the profiles}.
    evaluated
        Profiles with observed and modelled storage; None if nothing was evaluated.
    labels
        What figures call the methods; None for the labels of the register.
    table_1
        Skill of the methods, which names the best; None without.
    region
        Outline of the land; None without.
    cells
        Cells of the grid; None for a run without maps.
    grids
        {method: its projection to the grid}.
    parameters
        {learner: maps of its parameters}.
    processes
        {method: maps of its bulk processes}.
    site_processes
        Bulk processes of the site posteriors; None without.
    references
        Reference maps of stocks; None without.
    applicability
        Area of applicability of the learners; None without.
    covariates
        Covariates of the cells; None without.
    yearly
        {(parameter set, scenario): its yearly file}, of runs through time.
    every
        Distance of the cells of these runs, in cells.
    """

    structure: str
    profiles: Path
    ledger: Path
    posteriors: Path
    sites: Mapping[str, Path]
    evaluated: Path | None = None
    labels: Path | None = None
    table_1: Path | None = None
    region: Path | None = None
    cells: Path | None = None
    grids: Mapping[str, Path] = field(default_factory=dict)
    parameters: Mapping[str, Path] = field(default_factory=dict)
    processes: Mapping[str, Path] = field(default_factory=dict)
    site_processes: Path | None = None
    references: Path | None = None
    applicability: Path | None = None
    covariates: Path | None = None
    yearly: Mapping[tuple[str, str], Path] = field(default_factory=dict)
    every: int = 1
