"""Metadata of the results for a deposit at Zenodo."""

from typing import Any

from proda.catalog.about import About

__all__ = ["DEPOSIT", "deposit_metadata"]

DEPOSIT = "zenodo.json"


def deposit_metadata(about: About) -> dict[str, Any]:
    """Return the metadata that Zenodo takes with a deposit (legacy schema of its REST interface).

    Creators and the licence are there if they are known; Zenodo requires both before it publishes.

    Parameters
    ----------
    about
        The run.
    """
    metadata: dict[str, Any] = {
        "upload_type": "dataset",
        "title": about.title,
        "description": f"<p>{about.description}</p>",
        "creators": [{"name": name} for name in about.creators],
        "version": about.version,
        "language": "eng",
        "keywords": ["soil organic carbon", "data assimilation", "Community Land Model"],
        "related_identifiers": [
            {
                "identifier": about.citation.doi,
                "scheme": "doi",
                "relation": "references",
                "resource_type": "publication-article",
            }
        ],
        "notes": f"Made with {about.citation.title}, version {about.version}.",
    }
    if about.license:
        metadata |= {"access_right": "open", "license": about.license.lower()}
    if about.settings.published:
        metadata["publication_date"] = about.settings.published
    return metadata
