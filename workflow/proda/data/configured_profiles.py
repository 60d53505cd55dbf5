"""The ledger of the profiles that a configuration states."""

from typing import Any

from proda.config.keys import as_plain
from proda.config.sections.profiles import ProfileSettings, source_in_folder
from proda.data.profiles import collect_profiles
from proda.data.profiles.ledger import Ledger
from proda.data.region import Region
from proda.files import StrPath
from proda.model.structures import get_structure

__all__ = ["configured_profiles", "configured_sources"]


def configured_sources(settings: ProfileSettings, data_dir: StrPath) -> dict[str, dict[str, Any]]:
    """Sources of the profiles with the paths of their files, by name; one source has the name "".

    Parameters
    ----------
    settings
        The section `profiles`.
    data_dir
        Folder of relative paths.
    """
    one = settings.source
    sources = settings.sources if one is None else {"": one}
    return {name: source_in_folder(as_plain(source), data_dir) for name, source in sources.items()}


def configured_profiles(
    settings: ProfileSettings, data_dir: StrPath, region: Region, structure: str
) -> Ledger:
    """Read the profiles of the section `profiles`.

    Parameters
    ----------
    settings
        The section.
    data_dir
        Folder of relative paths.
    region
        Region of the run.
    structure
        Name of the structure of the model, which ends at some depth.

    Raises
    ------
    InputError
        As `collect_profiles`.
    """
    sources = configured_sources(settings, data_dir)
    return collect_profiles(
        sources.get(""),
        region.contains,
        sources={name: source for name, source in sources.items() if name},
        pedotransfer=settings.pedotransfer,
        organic_horizons=settings.organic_horizons,
        min_horizons=settings.min_horizons,
        replicates=settings.replicates,
        detection_limit=settings.detection_limit,
        below_detection=settings.below_detection,
        accept_as_is=settings.accept_as_is,
        duplicate_distance_km=settings.duplicate_distance_km,
        exclude=settings.exclude,
        model_bottom=get_structure(structure).grid.bottom,
    )
