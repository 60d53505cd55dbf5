"""Settings of a twin world."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from proda.config.keys import DEFAULT_SEED, Seed, build, check_limits
from proda.config.sections.twin import TwinSettings
from proda.errors import InputError
from proda.twin.lattice import CELL

__all__ = ["TwinConfig"]


@dataclass(frozen=True, kw_only=True)
class TwinConfig(TwinSettings):
    """Settings of a twin world, with the seed of its random numbers.

    Raises
    ------
    InputError
        For the first setting that is out of its limits.
    """

    seed: Seed = DEFAULT_SEED

    @classmethod
    def of(cls, settings: "Mapping[str, Any] | TwinConfig | None") -> "TwinConfig":
        """Make a TwinConfig of a mapping.

        Parameters
        ----------
        settings
            Values by name; a setting that is not given has its default.

        Raises
        ------
        InputError
            For a name that is unknown and a value that is out of its limits.
        """
        if isinstance(settings, cls):
            return settings
        values: dict[str, Any] = dict(settings) if isinstance(settings, Mapping) else {}
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                raise InputError(f"twin.{key}", f"one of {', '.join(known)}", "an unknown key")
        return build(cls, values)

    def __post_init__(self) -> None:
        """Check the limits of each setting, and what the schema cannot express."""
        check_limits(self, "twin.")
        divides = abs(CELL / self.resolution % 1) < 1e-9
        self._require("resolution", divides, f"a divisor of {CELL} degrees")
        ordered = len(self.npp_years) == 2 and self.npp_years[0] < self.npp_years[1]
        self._require("npp_years", ordered, "a first and a later last year")

    def _require(self, name: str, right: bool, expected: str) -> None:
        if not right:
            raise InputError(f"twin.{name}", expected, repr(getattr(self, name)))
