"""The section `catalog`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits, Text, Years

__all__ = ["CatalogSettings"]

_Creator = Annotated[str, Limits(min_length=1, max_length=200)]


@dataclass(frozen=True)
class CatalogSettings:
    """What the catalogue of maps and tables says of them."""

    title: Annotated[Text | None, "Title; null for one made from the name of the dataset."] = None
    license: Annotated[
        Annotated[str, Limits(pattern="^[A-Za-z0-9][A-Za-z0-9.+-]*$", max_length=100)] | None,
        "SPDX identifier of the licence of the results, such as CC-BY-4.0. null for CC-BY-4.0 "
        "where the data are synthetic (a section twin), and otherwise for unknown: the licences of "
        "the data you used decide.",
    ] = None
    creators: Annotated[
        tuple[_Creator, ...],
        Limits(max_items=1000),
        "Authors of the results, each as Family, Given.",
    ] = ()
    provider: Annotated[Text | None, "Institution or person that provides the results."] = None
    period: Annotated[
        Years,
        "First and last year that maps of the steady state represent; they have no date of their "
        "own, and a catalogue must state one. Maps of change have the years of their run.",
    ] = (2000, 2014)
    published: Annotated[
        Annotated[str, Limits(pattern="^[0-9]{4}-[01][0-9]-[0-3][0-9]$")] | None,
        "Date of publication, YYYY-MM-DD; null as long as there is none.",
    ] = None
