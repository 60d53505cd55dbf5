"""Settings of the synthetic globe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proda.config.keys import DEFAULT_SEED, Seed, build, check_limits
from proda.config.sections.twin import GlobalTwinSettings

__all__ = ["GlobalTwinConfig"]


@dataclass(frozen=True, kw_only=True)
class GlobalTwinConfig(GlobalTwinSettings):
    """Settings of the synthetic globe, with its grid and the seed of its random numbers.

    Raises
    ------
    InputError
        For the first setting that is out of its limits.
    """

    resolution: float = 2.0
    seed: Seed = DEFAULT_SEED

    @classmethod
    def of(cls, settings: "Mapping[str, Any] | GlobalTwinConfig") -> "GlobalTwinConfig":
        """Make a GlobalTwinConfig of a mapping; a setting that is not given has its default."""
        return build(cls, settings) if isinstance(settings, Mapping) else settings

    def __post_init__(self) -> None:
        """Check the limits of each setting."""
        check_limits(self, "twin.")
