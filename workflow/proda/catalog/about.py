"""What the descriptions of a run have in common: title, authors, licence, version, citation."""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from proda import __version__
from proda.config.sections.catalog import CatalogSettings
from proda.files import StrPath
from proda.parameters.methods import is_blocked

__all__ = ["About", "Citation", "read_citation"]

OF_SYNTHETIC_DATA = "CC-BY-4.0"


@dataclass(frozen=True)
class Citation:
    """The software, as CITATION.cff has it, and the study whose method it rebuilds.

    Attributes
    ----------
    title, authors, license
        Of the software.
    study, doi
        The study: a reference in one line, and its DOI.
    """

    title: str
    authors: tuple[str, ...]
    license: str
    study: str
    doi: str


def read_citation(path: StrPath) -> Citation:
    """Read a citation file (CITATION.cff) whose first reference is the study."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 -- a path of Snakemake is a text
        content = yaml.safe_load(file)
    study = content["references"][0]
    first = _names(study["authors"])[0]
    return Citation(
        content["title"],
        _names(content["authors"]),
        content["license"],
        f"{first} et al. {study['year']}: {study['title']}. {study['journal']} {study['volume']}, "
        f"{study['start']}. doi:{study['doi']}",
        study["doi"],
    )


def _names(authors: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(
        one["name"] if "name" in one else f"{one['family-names']}, {one['given-names']}"
        for one in authors
    )


@dataclass(frozen=True)
class About:
    """A run and its results.

    Attributes
    ----------
    dataset
        Its name.
    synthetic
        Whether its data are those of a synthetic world.
    settings
        Section `catalog` of the configuration.
    structure
        Description of the structure of the soil model.
    labels
        {name of a method: its label} of the run.
    citation
        Of the software and the study.
    """

    dataset: str
    synthetic: bool
    settings: CatalogSettings
    structure: str
    labels: Mapping[str, str]
    citation: Citation

    @property
    def version(self) -> str:
        """Version of the workflow."""
        return __version__

    @property
    def title(self) -> str:
        """Title of the results."""
        what = "of a synthetic world" if self.synthetic else "from soil profiles"
        default = f"Soil organic carbon {what} with PRODA: {self.dataset}"
        return self.settings.title or default

    @property
    def description(self) -> str:
        """What the results are, in a few sentences."""
        world = "The data are synthetic: no map shows the real world. " if self.synthetic else ""
        methods = ", ".join(label for name, label in self.labels.items() if not is_blocked(name))
        return (
            "Maps and tables of soil organic carbon from a process model fitted to soil profiles "
            f"by Bayesian data assimilation. {world}Model: {self.structure} Methods: {methods}. "
            "A method whose label ends with an asterisk rests on posteriors without certificate of "
            "convergence."
        )

    @property
    def license(self) -> str | None:
        """SPDX identifier of the licence of the results; None if it is not known."""
        return self.settings.license or (OF_SYNTHETIC_DATA if self.synthetic else None)

    @property
    def creators(self) -> tuple[str, ...]:
        """Authors of the results; of synthetic data those of the software."""
        return self.settings.creators or (self.citation.authors if self.synthetic else ())
