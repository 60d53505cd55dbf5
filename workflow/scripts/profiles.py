"""Read the soil profiles and open the ledger."""

from proda.config.keys import build
from proda.config.sections.profiles import ProfileSettings
from proda.data.configured_profiles import configured_profiles
from proda.data.region import read_region
from proda.jobs import running

with running(snakemake) as log:
    params, out = snakemake.params, snakemake.output
    settings, region = build(ProfileSettings, params.profiles), read_region(snakemake.input.region)
    ledger = configured_profiles(settings, params.data_dir, region, params.structure)
    ledger.write(out.profiles, out.horizons, out.summary)
    log.info("ledger:\n%s", ledger.summary()[["profiles", "horizons"]])
    ledger.require_accepted(
        settings.source.path if settings.source else ", ".join(settings.sources)
    )
