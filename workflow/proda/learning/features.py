"""Covariates as the numbers that learners take: scaled numbers, and classes as 0 or 1 per code.

What is fitted once is kept and written as JSON, so that every later table is encoded alike.
A place that lacks a covariate gets no numbers but a reason. A code that no training site has cannot
have been learned: it is all zeros, and the place is doubtful. Numbers beyond those the scaling was
fitted on are not clipped: they leave [0, 1] as far as they lie outside.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np

from proda.errors import InputError, number_text
from proda.files import atomic_path

__all__ = ["Column", "CovariateEncoder", "Encoded", "fit_encoder", "read_encoder", "write_encoder"]


@dataclass(frozen=True)
class Column:
    """A covariate: encoded = (value - offset) * factor; codes are those of the training sites.

    factor is 0 for a covariate without variation, which says nothing wherever it is applied.
    """

    name: str
    kind: str
    codes: tuple
    offset: float
    factor: float


@dataclass(frozen=True)
class Encoded:
    """values: (n, features) float32, NaN throughout where a covariate is missing.

    reasons: (n,) text; empty, ``missing_covariate <names>`` (or ``all``) or ``unseen_class
    <name=code>``.
    """

    values: np.ndarray
    reasons: np.ndarray

    @property
    def complete(self):
        """(n,) whether there are values."""
        return ~np.isnan(self.values).any(axis=1)


@dataclass(frozen=True)
class CovariateEncoder:
    """Columns in order, and how classes are coded (proda.learning.options.EncodingOptions)."""

    columns: tuple
    classes: str

    @property
    def names(self):
        """Names of the features, a class ``name=code``."""
        names = []
        for column in self.columns:
            if self._one_hot(column):
                names += [f"{column.name}={code}" for code in column.codes]
            else:
                names.append(column.name)
        return names

    def encode(self, table):
        """Encode a DataFrame with a column per covariate (others are left alone): Encoded.

        Raises InputError for a covariate the table lacks, infinite numbers and fractional codes.
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
                parts.append(np.where(gone[:, None], np.nan, values[:, None] == column.codes))
            else:
                parts.append(((values - column.offset) * column.factor)[:, None])
        encoded = np.concatenate(parts, axis=1).astype(np.float32)
        encoded[missing != ""] = np.nan
        # Places off the coast lack everything; a list of it all would hide those that lack one.
        everything = "".join(f" {column.name}" for column in self.columns)
        missing[(missing == everything) & (len(self.columns) > 1)] = " all"
        reasons = np.where(
            missing != "",
            "missing_covariate" + missing,
            np.where(unseen != "", "unseen_class" + unseen, ""),
        )
        return Encoded(encoded, reasons)

    def _one_hot(self, column):
        return column.kind == "class" and self.classes == "one_hot"


def fit_encoder(kinds, training, grid, options):
    """Fit a CovariateEncoder.

    kinds: {covariate: ``continuous`` or ``class``}, in the order of the features.
    training, grid: DataFrames of covariates at the training sites and on the cells. Scaling comes
    from the one that options.fitted_on names, classes always from the training sites: what no
    training site has cannot be learned. Rows that lack a covariate count for the others.
    Raises InputError as ``CovariateEncoder.encode`` does, and for a covariate without any value.
    """
    columns = []
    for name, kind in kinds.items():
        known = {}
        for place, table in (("training", training), ("grid", grid)):
            values = checked_values(table[name], name, kind)
            known[place] = values[~np.isnan(values)]
            if not known[place].size:
                raise InputError(f"covariate {name}", f"a value ({place})", "none")
        codes = tuple(int(code) for code in np.unique(known["training"])) if kind == "class" else ()
        columns.append(Column(name, kind, codes, *_scale(known[options.fitted_on], options)))
    return CovariateEncoder(tuple(columns), options.classes)


def checked_values(series, name, kind):
    """A covariate as float64, NaN where missing. Raises InputError for what it cannot hold."""
    try:
        values = np.asarray(series, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"covariate {name}", "numbers", str(error)) from None
    if np.isinf(values).any():
        raise InputError(f"covariate {name}", "finite numbers or nothing", "an infinite one")
    if kind == "class":
        known = values[~np.isnan(values)]
        fractional = known[known != np.round(known)]
        if fractional.size:
            hint = "codes are resampled by nearest or mode; their mean is no class"
            found = f"{number_text(fractional[0])} and {fractional.size - 1} more fractions"
            raise InputError(f"class covariate {name}", "whole numbers", found, hint)
    return values


def write_encoder(path, encoder):
    """Write a CovariateEncoder as JSON."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(asdict(encoder), indent=1) + "\n")


def read_encoder(path):
    """Read what ``write_encoder`` wrote: an equal CovariateEncoder."""
    with open(path) as file:
        content = json.load(file)
    columns = [
        Column(**{**column, "codes": tuple(column["codes"])}) for column in content["columns"]
    ]
    return CovariateEncoder(tuple(columns), content["classes"])


def _scale(values, options):
    if options.scaling == "range":
        offset, width = values.min(), np.ptp(values)
    else:
        offset, width = values.mean(), values.std()
    # A spread at rounding level is none; dividing by it would only magnify rounding.
    constant = width <= 1e-12 * max(abs(offset), 1e-300)
    return float(offset), 0.0 if constant else float(1.0 / width)
