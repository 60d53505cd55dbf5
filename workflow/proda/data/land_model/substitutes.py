"""Fields of a history at the nodes of the model, with substitutes for those it does not hold.

A field the files do not hold is an error unless ``missing_fields`` names a substitute, e.g.
``{"SOILPSI": {"value": -0.1}, "ALTMAX_LASTYEAR": {"use": "ALTMAX"}}``.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from proda.arrays import Columns, FloatArray
from proda.check import as_array
from proda.data.land_model.field_table import FIELDS, LAND, litter_input_field
from proda.data.land_model.history import Field, History, Years
from proda.data.land_model.steps import Steps
from proda.data.land_model.vertical import interpolate_depth, same_nodes
from proda.errors import InputError, number_text
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.structure import LandModel, Role

__all__ = ["HistoryFields", "MissingFields", "require_fields"]

MissingFields: TypeAlias = Mapping[str, Mapping[str, Any]] | None
"""{field: {"value": number}} or {field: {"use": other field}}."""

logger = logging.getLogger(__name__)


def require_fields(history: History, land: LandModel, substituted: Collection[str]) -> None:
    """Raise InputError for fields that a structure needs and neither the files nor others give.

    Parameters
    ----------
    history
        The files.
    land
        What the structure takes from them.
    substituted
        Fields that have a substitute.
    """
    wanted = [f for f in land.fields if not f.optional]
    table = FIELDS | {
        name: litter_input_field(name) for field in land.litter_inputs for name in field.sources
    }
    names = dict.fromkeys(name for field in wanted for name in field.sources)
    needed = [name for name in names if name not in substituted]
    absent = [name for name in needed if table[name] not in history]
    fixed = [name for name in absent if name not in land.replaceable]
    hint = "name a substitute under missing_fields to go on without"
    if fixed:
        hint = f"no substitute can be given for {', '.join(fixed)}"
    history.require(*(table[name] for name in needed), hint=hint)


class HistoryFields:
    """Fields of a history, with the substitutes chosen for those it does not hold.

    Parameters
    ----------
    history : History
        The files.
    missing_fields : mapping, optional
        The substitutes.
    land : LandModel, optional
        What a structure takes from the history; its fields are required.

    Attributes
    ----------
    notes : list of str
        The substitutes in words, for provenance.
    grids : set of str
        How levels became layers, for provenance.
    land : Field
        Its values show where there is land.

    Raises
    ------
    InputError
        For a field without substitute, and for substitutes that are unknown or impossible.
    """

    def __init__(
        self,
        history: History,
        missing_fields: MissingFields = None,
        land: LandModel | None = None,
    ) -> None:
        self.history, self.table = history, dict(FIELDS)
        self.notes: list[str] = []
        self.grids: set[str] = set()
        self.substitutes: dict[str, Field | float] = {}
        wanted: list[str] = []
        for field in land.fields if land is not None else ():
            if field.role is Role.LITTER_INPUT:
                self.table |= {name: litter_input_field(name) for name in field.sources}
            if not field.optional:
                wanted += [name for name in field.sources if name not in wanted]
        self.land = next((self.table[n] for n in wanted if n in LandModel.SHOW_LAND), LAND)
        replaceable = [name for name in land.sources if name != self.land.name] if land else []
        for name, choice in (missing_fields or {}).items():
            self._choose(name, choice, replaceable)
        if land is not None:
            require_fields(history, land, self.substitutes)

    def __contains__(self, name: str) -> bool:
        """Whether a field is in the files or has a substitute."""
        return name in self.substitutes or self.table[name] in self.history

    def unit(self, name: str) -> str | None:
        """Return the unit in the files; a constant is in the first of the accepted units."""
        source = self._source(name)
        return self.history.unit(source) if isinstance(source, Field) else self.table[name].units[0]

    def layers(
        self, name: str, nodes: Columns, by: str, years: Years, interpolate: bool = True
    ) -> FloatArray:
        """Mean of a field at the nodes, (groups, n, lat, lon).

        Parameters
        ----------
        name
            Of the field.
        nodes
            (n,) depths, m.
        by
            Groups of time, as in `History.mean`.
        years
            First and last; all if None.
        interpolate
            Whether other levels of the file are interpolated to the nodes.
        """
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, by, years, nodes.size)
        read = partial(self.history.mean, field, by, years=years)
        return self._at_nodes(field, nodes, read, interpolate)

    def months(self, name: str, years: Years) -> Steps | None:
        """Steps of a field that are months of single years; None for a constant.

        Parameters
        ----------
        name
            Of the field.
        years
            First and last; all if None.
        """
        field = self._source(name)
        return self.history.months(field, years) if isinstance(field, Field) else None

    def step(
        self, name: str, nodes: Columns, steps: Steps | None, i: int, interpolate: bool = True
    ) -> FloatArray:
        """Values of one month at the nodes, (n, lat, lon); (n, 1, 1) for a constant.

        Parameters
        ----------
        name
            Of the field.
        nodes
            (n,) depths, m.
        steps
            Its `months`.
        i
            Which of them.
        interpolate
            Whether other levels of the file are interpolated to the nodes.
        """
        return self.months_at_nodes(name, steps, slice(i, i + 1), nodes, interpolate)[0]

    def months_of_years(self, name: str, years: Years) -> Steps | None:
        """Steps of a field that are the months of every year; None for a constant.

        Parameters
        ----------
        name
            Of the field.
        years
            First and last; all if None.
        """
        field = self._source(name)
        return self.history.months_of_years(field, years) if isinstance(field, Field) else None

    def months_at_nodes(
        self,
        name: str,
        steps: Steps | None,
        which: slice,
        nodes: Columns | None = None,
        interpolate: bool = True,
    ) -> FloatArray:
        """Values of successive months, (months[, n], lat, lon); of a constant a single one.

        Parameters
        ----------
        name
            Of the field.
        steps
            Its `months` or `months_of_years`.
        which
            Of them.
        nodes
            (n,) depths, m; None for a field without levels.
        interpolate
            Whether other levels of the file are interpolated to the nodes.
        """
        field = self._source(name)
        if not isinstance(field, Field) or steps is None:
            return np.full((1, 1, 1) if nodes is None else (1, nodes.size, 1, 1), field)
        read = partial(self.history.values, field, steps, which)
        if nodes is None:
            return read()
        return self._at_nodes(field, nodes, read, interpolate)

    def fixed_layers(self, name: str, nodes: Columns, interpolate: bool = True) -> FloatArray:
        """Read a field at the nodes that does not change with time, (n, lat, lon).

        Parameters
        ----------
        name
            Of the field.
        nodes
            (n,) depths, m.
        interpolate
            Whether other levels of the file are interpolated to the nodes.
        """
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, "all", None, nodes.size)[0]
        return self._at_nodes(field, nodes, partial(self.history.constant, field), interpolate)

    def surface(self, name: str, by: str, years: Years) -> FloatArray:
        """Mean of a field without levels, (groups, lat, lon).

        Parameters
        ----------
        name
            Of the field.
        by
            Groups of time, as in `History.mean`.
        years
            First and last; all if None.
        """
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, by, years)
        return self.history.mean(field, by, years=years)

    def fixed(self, name: str, years: Years) -> FloatArray:
        """Read a field without levels that does not change with time, (lat, lon).

        Parameters
        ----------
        name
            Of the field.
        years
            First and last; all if None.
        """
        field = self._source(name)
        if not isinstance(field, Field):
            return self._constant(field, "all", years)[0]
        return self.history.constant(field)

    def _choose(self, name: str, choice: Mapping[str, Any], replaceable: list[str]) -> None:
        """Enter the substitute of a field, if the files do not hold the field."""
        where = f"missing_fields: {name}"
        if name not in replaceable:
            hint = "it also shows where there is land" if name == self.land.name else None
            raise InputError(where, "one of " + ", ".join(replaceable), f"'{name}'", hint)
        if not isinstance(choice, dict) or list(choice) not in (["value"], ["use"]):
            raise InputError(where, "either {value: number} or {use: field}", repr(choice))
        if self.table[name] in self.history:
            logger.info("%s is in the files; its entry in missing_fields is not used", name)
        else:
            self.substitutes[name] = self._substitute(where, self.table[name], **choice)
            logger.warning("not in the files: %s", self.notes[-1])

    def _substitute(
        self, where: str, field: Field, value: float | None = None, use: str | None = None
    ) -> Field | float:
        """Choose the number or other Field that is used instead of ``field``."""
        if use is not None:
            alike = [n for n, f in self.table.items() if f.units == field.units and f != field]
            if use not in alike:
                raise InputError(where, "a field in the same unit: " + ", ".join(alike), f"{use!r}")
            self.history.require(self.table[use])
            self.notes.append(f"{field.name} taken from {use}")
            return self.table[use]
        number = float(as_array(where, [value], (1,), " or ".join(field.units))[0])
        if not field.lower <= number <= field.upper:
            limits = f"[{number_text(field.lower)}, {number_text(field.upper)}]"
            expected = f"a value in {limits} {' or '.join(field.units)}"
            found = number_text(number, field.lower, field.upper)
            raise InputError(where, expected.rstrip(), found, field.hint)
        self.notes.append(f"{field.name} set to {number:g} everywhere")
        return number

    def _source(self, name: str) -> Field | float:
        return self.substitutes.get(name, self.table[name])

    def _at_nodes(
        self, field: Field, nodes: Columns, read: Callable[..., FloatArray], interpolate: bool
    ) -> FloatArray:
        """Values of ``read`` at the nodes, from the same or other levels of the files."""
        levels, n = self.history.nodes(field), nodes.size
        if same_nodes(levels, nodes):
            self.grids.add(f"layers 1-{n} of {levels.size} levels")
            return read(levels=n)
        if not interpolate or nodes[-1] > levels[-1]:
            expected = f"nodes at {nodes[0]:.4g} ... {nodes[-1]:.4g} m ({n})"
            found = f"{levels[0]:.4g} ... {levels[-1]:.4g} m ({levels.size})"
            raise InputError(self.history.where(field) + " levels", expected, found)
        self.grids.add(f"linear interpolation in depth from {levels.size} levels")
        needed = int(np.searchsorted(levels, nodes[-1])) + 1
        return interpolate_depth(read(levels=needed), levels[:needed], nodes)

    def _constant(self, value: float, by: str, years: Years, *levels: int) -> FloatArray:
        """Set a number on the land, (groups[, levels], lat, lon)."""
        land = np.isfinite(self.history.mean(self.land, "all", 1, years)[0, 0])
        groups = MONTHS_PER_YEAR if by == "month" else 1
        return np.where(land, value, np.nan) * np.ones((groups, *levels, 1, 1))
