"""The state of a run of a block, from which it goes on: exact, and only if it is of the same run.

A file holds the pools of all members in all scenarios in double precision and what the years before
have left. A digest of all that the run depends on is kept with them; a state with another digest is
not used.
"""

import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from proda.arrays import PoolLayers
from proda.files import atomic_path

__all__ = ["Restart", "SavedState"]

log = logging.getLogger(__name__)

States = list[list[list[PoolLayers]]]
"""Pools of the tracers, carbon first, by group of sets and scenario."""


@dataclass(frozen=True)
class SavedState:
    """The state before a year.

    Attributes
    ----------
    position
        Of the year among those of the run.
    states
        Pools by group of sets, scenario and tracer.
    arrays
        Results so far.
    """

    position: int
    states: States
    arrays: Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Restart:
    """Where the state of a run is kept.

    Attributes
    ----------
    path
        The file.
    digest
        Of all that the run depends on.
    """

    path: Path
    digest: str

    def save(self, position: int, states: States, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Save the state before the year of a position.

        Parameters
        ----------
        position
            Of the year.
        states
            Pools by group of sets, scenario and tracer.
        arrays
            Results so far.
        """
        saved: dict[str, npt.NDArray[Any]] = {
            f"pools_{g}_{s}_{t}": tracer
            for g, group in enumerate(states)
            for s, scenario in enumerate(group)
            for t, tracer in enumerate(scenario)
        }
        saved |= {f"result_{name}": array for name, array in arrays.items()}
        saved["counts"] = np.array([len(states), len(states[0]), len(states[0][0])])
        saved["digest"], saved["position"] = np.array(self.digest), np.array(position)
        with atomic_path(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **saved)

    def load(self) -> SavedState | None:
        """The state, or None if there is none of this run that can be read."""
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as file:
                if str(file["digest"]) != self.digest:
                    log.info("%s is the state of another run: not used", self.path)
                    return None
                groups, scenarios, tracers = (int(count) for count in file["counts"])
                states = [
                    [[file[f"pools_{g}_{s}_{t}"] for t in range(tracers)] for s in range(scenarios)]
                    for g in range(groups)
                ]
                arrays = {
                    name.removeprefix("result_"): file[name]
                    for name in file.files
                    if name.startswith("result_")
                }
                position = int(file["position"])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
            log.warning("%s cannot be read (%s): the run begins anew", self.path, error)
            return None
        log.info("continued from %s, before year %d of the run", self.path, position + 1)
        return SavedState(position, states, arrays)

    def remove(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
