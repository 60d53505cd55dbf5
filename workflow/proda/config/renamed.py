"""Keys of earlier versions: an error that names the present key."""

from proda.errors import InputError

__all__ = ["RENAMED", "check_renamed"]

# Path of a key of an earlier version, `*` for any name, and the present name of the key.
RENAMED = {
    "twin.unexplained_share": "unexplained_fraction",
    "region.minimum_land_fraction": "min_land_fraction",
    "profiles.minimum_horizons": "min_horizons",
    "forcing.sites": "site_interpolation",
    "forcing.grid": "grid_interpolation",
    "forcing.maximum_distance_km": "max_distance_km",
    "forcing.npp.minimum_valid_fraction": "min_valid_fraction",
    "covariates.minimum_valid_fraction": "min_valid_fraction",
    "references.*.minimum_valid_fraction": "min_valid_fraction",
    "downloads.max_received_gb": "max_download_gb",
    "assimilation.greatest_rhat": "certificate.rhat",
    "assimilation.rhat_threshold": "certificate.rhat",
    "assimilation.left_out": "exclude_flags",
    "assimilation.likelihood.relative_sigma": "relative_error",
    "learning.test_share": "test_fraction",
    "learning.validation_share": "validation_fraction",
    "learning.minimum_profiles": "min_profiles",
    "learning.neural_network.batch": "batch_size",
    "learning.random_forest.least_leaf": "min_samples_leaf",
    "learning.random_forest.features": "max_features",
}

# Path of a key whose value is a list, and the present names of entries of earlier versions.
RENAMED_ENTRIES = {"assimilation.exclude_flags": {"not_converged": "not_certified"}}


def check_renamed(config: object) -> None:
    """Raise InputError for keys and entries of earlier versions; it names their present names."""
    for path, names in RENAMED_ENTRIES.items():
        entries = config
        for key in path.split("."):
            entries = entries.get(key) if isinstance(entries, dict) else None
        for old, new in names.items():
            if isinstance(entries, list) and old in entries:
                raise InputError(f"config {path}: {old} was renamed to {new}", new, old)
    found = [each for old, new in RENAMED.items() for each in _found(config, old.split("."), new)]
    if found:
        (path, old, new), *others = found
        where = f"config {path} was renamed to {new}"
        also = ", ".join(f"{other} to {name}" for other, _, name in others)
        raise InputError(where, new, old, f"also renamed: {also}" if also else None)


def _found(section: object, path: list[str], new: str) -> list[tuple[str, str, str]]:
    """Path, old and new name of the keys of a section that match a path of RENAMED."""
    if not isinstance(section, dict):
        return []
    key, *rest = path
    if not rest:
        return [(key, key, new)] if key in section else []
    keys = section if key == "*" else [key] * (key in section)
    below = [(name, each) for name in keys for each in _found(section[name], rest, new)]
    return [(f"{name}.{path}", old, new) for name, (path, old, new) in below]
