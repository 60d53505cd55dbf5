"""Read the soil profiles and open the ledger."""

from pathlib import Path

from proda.config.keys import as_plain, build
from proda.config.sections.profiles import ProfileSettings, source_in_folder
from proda.data.profiles import collect_profiles
from proda.data.region import read_region
from proda.jobs import running
from proda.model.structures import get_structure

with running(snakemake) as log:
    settings = build(ProfileSettings, snakemake.params.profiles)
    folder, one = Path(snakemake.params.data_dir), settings.source
    several = {
        name: source_in_folder(as_plain(source), folder)
        for name, source in settings.sources.items()
    }
    ledger = collect_profiles(
        None if one is None else source_in_folder(as_plain(one), folder),
        read_region(snakemake.input.region).contains,
        sources=several,
        pedotransfer=settings.pedotransfer,
        organic_horizons=settings.organic_horizons,
        min_horizons=settings.min_horizons,
        replicates=settings.replicates,
        detection_limit=settings.detection_limit,
        below_detection=settings.below_detection,
        accept_as_is=settings.accept_as_is,
        duplicate_distance_km=settings.duplicate_distance_km,
        exclude=settings.exclude,
        model_bottom=get_structure(snakemake.params.structure).grid.bottom,
    )
    ledger.write(snakemake.output.profiles, snakemake.output.horizons, snakemake.output.summary)
    log.info("ledger:\n%s", ledger.summary()[["profiles", "horizons"]])
    ledger.require_accepted(one.path if one else ", ".join(several))
