"""Settings of the twin world and their checks."""

from dataclasses import dataclass, fields

from proda.errors import InputError
from proda.twin.lattice import CELL

__all__ = ["TwinConfig"]


@dataclass(frozen=True)
class TwinConfig:
    """Size and nature of a twin world.

    n_profiles: profiles that are fit for use; faulty ones come on top (about a quarter more).
    noise: relative standard deviation of an observed SOC density.
    unexplained_fraction: share of the variance of a site's parameters (probit scale) that no
        covariate explains.
    seed: of all random numbers.
    resolution: of the rasters, degrees; divides half a degree. The products' own is 1/480 to 1/120.
    clm_years: years of monthly land model history.
    npp_years: first and last year of annual NPP.
    """

    n_profiles: int = 400
    noise: float = 0.3
    unexplained_fraction: float = 0.3
    seed: int = 2020
    resolution: float = 0.125
    clm_years: int = 5
    npp_years: tuple = (2000, 2014)

    @classmethod
    def of(cls, settings):
        """TwinConfig of a mapping; InputError names a key that is unknown or out of range."""
        if isinstance(settings, cls):
            return settings
        known = [field.name for field in fields(cls)]
        for key in settings or {}:
            if key not in known:
                raise InputError(f"twin.{key}", f"one of {', '.join(known)}", "an unknown key")
        return cls(**(settings or {}))

    def __post_init__(self):
        object.__setattr__(self, "npp_years", tuple(self.npp_years))
        whole = ("n_profiles", "seed", "clm_years")
        for name in whole:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise InputError(f"twin.{name}", "a whole number", repr(value))
        self._require("n_profiles", 1 <= self.n_profiles <= 400_000, "1 to 400000")
        self._require("noise", 0 <= self.noise <= 2, "0 to 2")
        self._require("unexplained_fraction", 0 <= self.unexplained_fraction <= 1, "0 to 1")
        self._require("seed", self.seed >= 0, "0 or more")
        self._require("clm_years", 1 <= self.clm_years <= 100, "1 to 100")
        divides = self.resolution > 0 and abs(CELL / self.resolution % 1) < 1e-9
        self._require("resolution", divides, f"a divisor of {CELL} degrees")
        ordered = len(self.npp_years) == 2 and self.npp_years[0] < self.npp_years[1]
        self._require("npp_years", ordered, "a first and a later last year")

    def _require(self, name, right, expected):
        if not right:
            raise InputError(f"twin.{name}", expected, repr(getattr(self, name)))
