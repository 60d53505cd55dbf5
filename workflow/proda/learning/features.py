"""Covariates as the numbers that learners take: scaled numbers, and classes as 0 or 1 per code.

An encoder is fitted once and written as JSON, so that every later table is encoded alike. A place
that lacks a covariate gets no numbers but a reason. A code that no training site has cannot have
been learned: its columns are all zeros, and the place is doubtful. Numbers beyond those the scaling
was fitted on are not clipped: they leave [0, 1] as far as they lie outside. Longitude and latitude,
for a learner that takes them, come last and stay in degrees; the learner encodes them itself.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import Features, FloatArray, Mask, Texts
from proda.config.sections.learning import EncodingOptions
from proda.errors import InputError, number_text
from proda.files import atomic_path

__all__ = [
    "PLAIN",
    "POSITION",
    "Column",
    "CovariateEncoder",
    "Encoded",
    "FeatureLayout",
    "checked_values",
    "fit_encoder",
    "read_encoder",
    "write_encoder",
]


POSITION = ("longitude", "latitude")
"""Columns of a table that has positions, degrees."""


class FeatureLayout(NamedTuple):
    """Which features belong together.

    Attributes
    ----------
    classes
        First and behind the last feature of each class with a feature per code.
    position
        Whether longitude and latitude, in degrees, are the last two.
    """

    classes: tuple[tuple[int, int], ...] = ()
    position: bool = False


PLAIN = FeatureLayout()
"""Of features none of which belong together."""


@dataclass(frozen=True)
class Column:
    """A covariate: encoded = (value - offset) * factor.

    Attributes
    ----------
    name
        Of the covariate.
    kind
        ``continuous``, ``class`` or ``position``.
    codes
        Classes of the training sites; empty for a continuous covariate.
    offset
        In the unit of the covariate.
    factor
        Per unit; 0 for a covariate without variation, which carries no information.
    """

    name: str
    kind: str
    codes: tuple[int, ...]
    offset: float
    factor: float


@dataclass(frozen=True)
class Encoded:
    """Encoded covariates of n places.

    Attributes
    ----------
    values
        (n, features), NaN throughout where a covariate is missing.
    reasons
        (n,) empty, ``missing_covariate <names>`` (or ``all``) or ``unseen_class <name=code>``.
    layout
        Of the features.
    """

    values: Features
    reasons: Texts
    layout: FeatureLayout = PLAIN

    @property
    def complete(self) -> Mask:
        """(n,) whether there are values."""
        return np.isnan(self.values).sum(axis=1) == 0


@dataclass(frozen=True)
class CovariateEncoder:
    """Columns in the order of the features, and how classes are coded.

    Attributes
    ----------
    columns
        One per covariate, and two for a position.
    classes
        ``one_hot`` or ``number`` (`proda.config.sections.learning.EncodingOptions`).
    """

    columns: tuple[Column, ...]
    classes: str

    @property
    def names(self) -> list[str]:
        """Names of the features; that of a class is ``name=code``."""
        names = []
        for column in self.columns:
            if self._one_hot(column):
                names += [f"{column.name}={code}" for code in column.codes]
            else:
                names.append(column.name)
        return names

    @property
    def layout(self) -> FeatureLayout:
        """Which features belong together."""
        classes, first = [], 0
        for column in self.columns:
            last = first + (len(column.codes) if self._one_hot(column) else 1)
            if self._one_hot(column):
                classes.append((first, last))
            first = last
        return FeatureLayout(tuple(classes), self.columns[-1].kind == "position")

    def encode(self, table: pd.DataFrame) -> Encoded:
        """Encode the covariates of places.

        Parameters
        ----------
        table
            A row per place and a column per covariate; other columns are ignored.

        Returns
        -------
        Encoded
            Features and reasons.

        Raises
        ------
        InputError
            For a covariate that is not in the table, infinite numbers and fractional codes.
        """
        parts, missing, unseen = [], np.zeros(len(table), object), np.zeros(len(table), object)
        missing[:] = unseen[:] = ""
        for column in self.columns:
            if column.name not in table:
                raise InputError("table of covariates", f"a column {column.name}", "none")
            values = checked_values(table[column.name], column.name, column.kind)
            gone = np.isnan(values)
            missing[gone] += f" {column.name}"
            if column.kind == "class":
                new = ~gone & ~np.isin(values, column.codes)
                unseen[new] += [f" {column.name}={code:.0f}" for code in values[new]]
            if self._one_hot(column):
                one_hot = values[:, None] == np.array(column.codes)
                parts.append(np.where(gone[:, None], np.nan, one_hot))
            else:
                parts.append(((values - column.offset) * column.factor)[:, None])
        encoded = np.concatenate(parts, axis=1).astype(np.float32)
        encoded[missing != ""] = np.nan
        # Places off the coast lack everything; a list of it all would hide those that lack one.
        covariates = [column.name for column in self.columns if column.kind != "position"]
        everything = "".join(f" {name}" for name in covariates)
        missing[(missing == everything) & (len(covariates) > 1)] = " all"
        reasons = np.where(
            missing != "",
            "missing_covariate" + missing,
            np.where(unseen != "", "unseen_class" + unseen, ""),
        )
        return Encoded(encoded, reasons, self.layout)

    def _one_hot(self, column: Column) -> bool:
        return column.kind == "class" and self.classes == "one_hot"


def fit_encoder(
    kinds: Mapping[str, str],
    training: pd.DataFrame,
    grid: pd.DataFrame | None,
    options: EncodingOptions,
) -> CovariateEncoder:
    """Fit the encoder of the covariates.

    Rows that lack a covariate count for the others.

    Parameters
    ----------
    kinds
        ``continuous`` or ``class`` by name of the covariate, in the order of the features.
    training, grid
        Covariates at the training sites and, if they are known there, on the cells. Scaling comes
        from the one that ``options.fitted_on`` names, classes always from the training sites: what
        no training site has cannot be learned.
    options
        Of the encoding; with ``takes_position`` the tables have the columns POSITION.

    Returns
    -------
    CovariateEncoder
        The fitted encoder.

    Raises
    ------
    InputError
        As `CovariateEncoder.encode`, for a covariate without any value, and for scaling on a grid
        that there is not.
    """
    tables = {"training": training} | ({} if grid is None else {"grid": grid})
    if options.fitted_on not in tables:
        expected = "training, as the covariates are known at the profiles only"
        raise InputError("fitted_on of a learner", expected, options.fitted_on)
    columns = []
    for name, kind in kinds.items():
        known = {}
        for place, table in tables.items():
            values = checked_values(table[name], name, kind)
            known[place] = values[~np.isnan(values)]
            if not known[place].size:
                raise InputError(f"covariate {name}", f"a value ({place})", "none")
        codes = tuple(int(code) for code in np.unique(known["training"])) if kind == "class" else ()
        offset, factor = _scale(known[options.fitted_on], options.scaling)
        columns.append(Column(name, kind, codes, offset, factor))
    if options.takes_position:
        columns += [Column(name, "position", (), 0.0, 1.0) for name in POSITION]
    return CovariateEncoder(tuple(columns), options.classes)


def checked_values(values: npt.ArrayLike, name: str, kind: str) -> FloatArray:
    """Check the values of a covariate.

    Parameters
    ----------
    values
        (n,) NaN where missing.
    name, kind
        Of the covariate.

    Returns
    -------
    numpy.ndarray
        (n,) float64.

    Raises
    ------
    InputError
        For values that are not numbers, infinite ones, and fractional codes.
    """
    try:
        checked = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"covariate {name}", "numbers", str(error)) from None
    if np.isinf(checked).any():
        raise InputError(f"covariate {name}", "finite numbers or nothing", "an infinite one")
    if kind == "class":
        known = checked[~np.isnan(checked)]
        fractional = known[known != np.round(known)]
        if fractional.size:
            hint = "codes are resampled by nearest or mode; their mean is not a class"
            found = f"{number_text(fractional[0])} and {fractional.size - 1} more fractions"
            raise InputError(f"class covariate {name}", "whole numbers", found, hint)
    return checked


def write_encoder(path: Path, encoder: CovariateEncoder) -> None:
    """Write an encoder as JSON."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(encoder), indent=1) + "\n")


def read_encoder(path: Path) -> CovariateEncoder:
    """Read what `write_encoder` wrote: an equal encoder."""
    content = json.loads(path.read_text())
    columns = [
        Column(**{**column, "codes": tuple(column["codes"])}) for column in content["columns"]
    ]
    return CovariateEncoder(tuple(columns), content["classes"])


def _scale(values: FloatArray, scaling: str) -> tuple[float, float]:
    """Offset and factor of a covariate."""
    if scaling == "range":
        offset, width = values.min(), np.ptp(values)
    else:
        offset, width = values.mean(), values.std()
    # A spread at rounding level is none; dividing by it would only magnify rounding.
    constant = width <= 1e-12 * max(abs(offset), 1e-300)
    return float(offset), 0.0 if constant else float(1.0 / width)
