"""Catalogue of the maps and tables of a run."""

from pathlib import Path

from proda.catalog.about import About, read_citation
from proda.catalog.maps import MapSources
from proda.catalog.origin import source_files
from proda.catalog.write import write_catalog
from proda.config.keys import build
from proda.config.sections.catalog import CatalogSettings
from proda.evaluation.labels import read_labels
from proda.jobs import running
from proda.model.structures import STRUCTURES
from proda.workflow_state.sources import pinned_versions

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    about = About(
        dataset=params.config["dataset"],
        synthetic=params.config["twin"] is not None,
        settings=build(CatalogSettings, params.config["catalog"]),
        structure=STRUCTURES[params.config["structure"]].description,
        labels=read_labels(files.labels),
        citation=read_citation(files.citation),
    )
    maps = MapSources(
        stocks=dict(zip(params.mapped, files.stocks, strict=True)),
        parameters=dict(zip(params.learners, files.parameters, strict=True)),
        mechanisms=dict(zip(params.with_processes, files.mechanisms, strict=True)),
        applicability=next(iter(files.applicability), None),
        blocks=files.blocks,
        width=params.width,
    )
    undescribed = write_catalog(
        Path(snakemake.output[0]),
        maps,
        [Path(path) for path in files.tables],
        Path(params.results),
        source_files([*files.stocks, *files.tables]),
        params.config,
        list(pinned_versions(files.lock)),
        about,
    )
    for fault in undescribed:
        log.warning("the register of tables does not agree: %s", fault)
