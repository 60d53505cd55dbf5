"""Months of several years as the months of one: which mean of them drives the model."""

import numpy as np
import numpy.typing as npt

from proda.arrays import Columns
from proda.data.land_model.field_table import FIELDS
from proda.data.land_model.history import Years
from proda.data.land_model.product_means import ProductMeans
from proda.data.land_model.substitutes import HistoryFields
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.structure import LandModel, Structure

__all__ = ["CLIMATOLOGIES", "MEANS", "middle_of_prior", "read_product"]

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
    structure: Structure, land: LandModel, fields: HistoryFields, nodes: Columns, years: Years
) -> dict[str, npt.NDArray[np.float32]]:
    """Means over the years whose product is the mean of the products, month by month.

    One month of one year is in memory at a time.

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

    Returns
    -------
    dict
        (12, n, lat, lon) by name of the variable: those of ``land.product``, with the variability
        where the temperature is not given as a scalar.

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
    months = []
    for month in range(1, MONTHS_PER_YEAR + 1):
        sums = ProductMeans(q10, middle_of_prior(structure, "water_scaling"))
        for i in map(int, np.flatnonzero(calendar.month == month)):
            values = {
                key: fields.step(source[name], nodes, steps[key], i, land.interpolate)
                for key, name in names.items()
            }
            sums.add(**values, days=float(calendar.days[i]))
        months.append({key: part.astype(np.float32) for key, part in sums.means().items()})
    if not given:
        names["variability"] = land.product.variability.name
    return {name: np.stack([part[key] for part in months]) for key, name in names.items()}
