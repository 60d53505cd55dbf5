"""The facts of a run that its summary states; those that a run does not have are None or empty."""

from dataclasses import dataclass

__all__ = [
    "Applicability",
    "Certificates",
    "Change",
    "Coverage",
    "Estimate",
    "Exclusion",
    "Facts",
    "Held",
    "MechanismControl",
    "MethodSkill",
    "Profiles",
    "Run",
    "Skill",
    "Total",
    "Totals",
    "Uncertified",
    "Validation",
]


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, if it has one."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether there is an interval that does not contain zero."""
        if self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Run:
    """What was run.

    Attributes
    ----------
    synthetic
        Whether the data are those of a synthetic world, whose truth is known.
    structure
        Description of the structure of the model.
    error_model
        Distribution of an observation about the model.
    resolution
        Of the grid, degrees.
    """

    dataset: str
    synthetic: bool
    structure: str
    error_model: str
    sampler: str
    seed: int
    resolution: float


@dataclass(frozen=True)
class Exclusion:
    """Profiles that were excluded for one reason."""

    reason: str
    profiles: int


@dataclass(frozen=True)
class Profiles:
    """What became of the profiles of the source.

    Attributes
    ----------
    source, accepted, fitted, used
        Numbers of profiles: in the source, accepted as input, with a posterior, and in the results.
    not_accepted, set_aside
        Reasons by number of profiles, most first: before the fit, and at or after it.
    """

    source: int
    accepted: int
    fitted: int
    used: int
    not_accepted: tuple[Exclusion, ...]
    set_aside: tuple[Exclusion, ...]


@dataclass(frozen=True)
class Uncertified:
    """A method that rests on posteriors without certificate, and what failed."""

    label: str
    note: str


@dataclass(frozen=True)
class Certificates:
    """Convergence of the posteriors.

    Attributes
    ----------
    fitted, certified
        Numbers of site posteriors.
    hardest
        Quantity that fails most often; empty if all are certified.
    pooled
        Labels of certified posteriors of all profiles in one batch.
    pooled_uncertified
        Those that are not.
    """

    fitted: int
    certified: int
    hardest: str
    pooled: tuple[str, ...] = ()
    pooled_uncertified: tuple[Uncertified, ...] = ()


@dataclass(frozen=True)
class MethodSkill:
    """Skill of a method; RMSE and bias in kg m-3."""

    method: str
    label: str
    rmse: Estimate
    r2: Estimate
    bias: Estimate


@dataclass(frozen=True)
class Skill:
    """Skill of all methods at the same profiles, the best first.

    Attributes
    ----------
    held_out
        Whether learners predict each profile from data without its spatial block. Otherwise the
        run has no learner, and methods were fitted to the profiles that score them.
    profiles, excluded
        Numbers of profiles: scored, and not because some method has no prediction there.
    ranking
        Methods that predict places without a profile.
    lead
        RMSE of each other method minus that of the best, {label: difference}.
    of_sites
        The fit of the model to each site itself, which is no prediction.
    """

    held_out: bool
    profiles: int
    excluded: int
    ranking: tuple[MethodSkill, ...]
    lead: tuple[tuple[str, Estimate], ...]
    of_sites: MethodSkill | None

    @property
    def equals(self) -> list[str]:
        """Labels of methods whose difference from the best may be zero."""
        return [label for label, difference in self.lead if not difference.excludes_zero]


@dataclass(frozen=True)
class Total:
    """Soil carbon of a map, Pg; for methods with draws or members with their 5-95 % interval."""

    label: str
    pg: Estimate


@dataclass(frozen=True)
class Totals:
    """Soil carbon of the region to one metre, Pg.

    Attributes
    ----------
    interval
        Depths.
    area
        Land with a value on all maps, million km2.
    best
        Label of the method with the best predictions, if it has a map.
    methods, references
        On all the land of each.
    truth
        Of a synthetic world.
    adjusted
        Of the methods, times the factors that make them right in the mean at held-out horizons,
        with the 95 % intervals of these; none where nothing is held out.
    """

    interval: str
    area: float
    best: str
    methods: tuple[Total, ...]
    references: tuple[Total, ...]
    truth: float | None
    adjusted: tuple[Total, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """Fraction of observations within 90 % predictive intervals of a method.

    Attributes
    ----------
    held_out
        Whether at observations that the method has not seen.
    factor
        By which intervals have to be widened, if known.
    """

    label: str
    held_out: bool
    fraction: float
    factor: float | None


@dataclass(frozen=True)
class Applicability:
    """Fractions of land and carbon outside the area of applicability of a learner."""

    label: str
    land: float
    carbon: float


@dataclass(frozen=True)
class Validation:
    """The map that is closest to stocks measured at points, which were used in no fit.

    Attributes
    ----------
    name
        Of the points.
    points
        Their number.
    label
        Of the method.
    rmse, r2
        Of its map; kg m-2, and R2 against the 1:1 line.
    """

    name: str
    points: int
    label: str
    rmse: Estimate
    r2: Estimate


@dataclass(frozen=True)
class Held:
    """What changes at held-out sites where a mechanism is held uniform.

    Parameters
    ----------
    label
        Of the mechanism, with its input or climate where these are held, too.
    unexplained
        Variance of the change of the stock relative to that of the stock.
    loss
        Explained variation of the observations (R2 against the 1:1 line) that is lost.
    first_percent
        Share of the resamples in which it leaves more unexplained than every other mechanism that
        consists of parameters alone; None for one that does not.
    """

    label: str
    unexplained: Estimate
    loss: float
    first_percent: float | None


@dataclass(frozen=True)
class MechanismControl:
    """Mechanisms held uniform in one learner, the largest unexplained variation first."""

    learner: str
    constant: str
    held: tuple[Held, ...]


@dataclass(frozen=True)
class Change:
    """Change of soil organic carbon through time under changing climate, Pg, by parameter set."""

    first_year: int
    last_year: int
    sets: tuple[Total, ...]
    truth: float | None
    claim_holds: str


@dataclass(frozen=True)
class Facts:
    """All facts of a run."""

    run: Run
    profiles: Profiles
    certificates: Certificates
    skill: Skill | None = None
    totals: Totals | None = None
    coverage: tuple[Coverage, ...] = ()
    applicability: tuple[Applicability, ...] = ()
    mechanisms: MechanismControl | None = None
    change: Change | None = None
    validation: tuple[Validation, ...] = ()
