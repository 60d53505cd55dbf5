"""Months of several years as the months of one: which mean of them drives the model."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from proda.arrays import Columns, FloatArray
from proda.data.land_model.field_table import FIELDS
from proda.data.land_model.history import Years
from proda.data.land_model.product_means import ProductMeans
from proda.data.land_model.substitutes import HistoryFields
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.structure import LandModel, Structure

__all__ = ["CLIMATOLOGIES", "MEANS", "means_of_groups", "middle_of_prior", "read_product"]

CLIMATOLOGIES = {
    "fields": "months of several years averaged field by field",
    "product": "months of several years averaged as the product of the scalars",
}
"""The choices in words, for provenance."""

MEANS = ("temperature", "water", "oxygen", "nitrogen")
"""Names of the factors of the product, in the order of `proda.model.structure.ScalarProduct`."""


def middle_of_prior(structure: Structure, name: str) -> float:
    """Value of a parameter half-way between its bounds."""
    i = structure.parameters.index(name)
    return float(structure.parameters.minimum[i] + structure.parameters.maximum[i]) / 2


def read_product(
    structure: Structure,
    land: LandModel,
    fields: HistoryFields,
    nodes: Columns,
    years: Years,
    groups: int = 1,
) -> dict[str, npt.NDArray[np.float32]]:
    """Means over the years whose product is the mean of the products, month by month.

    One month of one year is in memory at a time, or with several groups that of all years.

    Parameters
    ----------
    structure
        For CLM's Q10, at which the means are exact.
    land
        What is read.
    fields
        The history.
    nodes
        (n,) depths of the layers, m.
    years
        First and last; all if None.
    groups
        Of years that are averaged apart.

    Returns
    -------
    dict
        (12 times groups, n, lat, lon) by name of the variable: those of ``land.product``, with the
        variability where the temperature is not given as a scalar.

    Raises
    ------
    InputError
        For a structure without such a product, and for fields that are not months of single years
        or of different ones.
    """
    if land.product is None:
        hint = "its scalars are computed from means over all months"
        expected = f"fields, for {structure.name}"
        raise InputError("forcing.clm.climatology", expected, "product", hint)
    source = {field.name: field.sources[0] for field in land.fields}
    names = dict(zip(MEANS, land.product[:4], strict=True))
    steps = {key: fields.months(source[name], years) for key, name in names.items()}
    calendar = steps["temperature"]
    assert calendar is not None  # it shows where there is land and has no substitute
    for key, other in steps.items():
        if other is not None and not other.covers_same_months(calendar):
            where = fields.history.where(FIELDS[source[names[key]]])
            raise InputError(where, f"the months of {source[names['temperature']]}", "others")
    given = names["temperature"] == land.given_temperature
    parameters = structure.parameters
    q10 = None if given else float(parameters.clm5_default[parameters.index("q10")])
    factor = middle_of_prior(structure, "water_scaling")
    steps_of_year: list[dict[str, npt.NDArray[np.float32]]] = []
    for month in range(1, MONTHS_PER_YEAR + 1):
        here = [int(i) for i in np.flatnonzero(calendar.month == month)]

        def read(i: int) -> dict[str, FloatArray]:
            return {
                key: fields.step(source[name], nodes, steps[key], i, land.interpolate)
                for key, name in names.items()
            }

        days = [float(calendar.days[i]) for i in here]
        if groups == 1:
            sums = ProductMeans(q10, factor)
            for i, length in zip(here, days, strict=True):
                sums.add(**read(i), days=length)
            found = [sums.means()]
        else:
            found = means_of_groups([read(i) for i in here], days, groups, q10, factor)
        steps_of_year += [{k: part.astype(np.float32) for k, part in one.items()} for one in found]
    if not given:
        names["variability"] = land.product.variability.name
    return {name: np.stack([one[key] for one in steps_of_year]) for key, name in names.items()}


def means_of_groups(
    years: Sequence[Mapping[str, FloatArray]],
    days: Sequence[float],
    groups: int,
    q10: float | None,
    water_scaling: float,
) -> list[dict[str, FloatArray]]:
    """Means of a calendar month in groups of years, from dry to wet at each place and layer.

    Parameters
    ----------
    years
        Temperature, water, oxygen and nitrogen of the month of each year.
    days
        Its length.
    groups
        Number of groups; no more than there are years.
    q10, water_scaling
        As for ProductMeans.

    Raises
    ------
    InputError
        For more groups than years.
    """
    n = len(years)
    if groups > n:
        where, expected = "forcing.clm.groups_of_years", f"no more than the {n} years"
        raise InputError(where, expected, str(groups))
    shape = np.broadcast_shapes(*(values.shape for values in years[0].values()))
    stacked = {
        name: np.stack([np.broadcast_to(year[name], shape) for year in years]) for name in MEANS
    }
    order = np.argsort(stacked["water"], axis=0, kind="stable")
    length = np.reshape(days, (n, *[1] * (order.ndim - 1))) * np.ones(order.shape)
    ranked = {k: np.take_along_axis(v, order, axis=0) for k, v in stacked.items()}
    length = np.take_along_axis(length, order, axis=0)
    found = []
    for rows in np.array_split(np.arange(n), groups):
        sums = ProductMeans(q10, water_scaling)
        for i in rows:
            sums.add(**{name: values[i] for name, values in ranked.items()}, days=length[i])
        found.append(sums.means(groups, float(sum(days))))
    return found
