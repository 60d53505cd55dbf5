"""The register of methods, in the order of all tables and figures.

A method is one way of choosing the parameters of the model. Rules, the configuration's schema,
tables and figures derive from these records; code elsewhere asks for a method's kind, or uses one
of the constants, and never compares a name with a string. A new method is a record in ``METHODS``
and the rule that writes its draws file.

Tao et al. 2020 compare five methods; the random forest is not in the paper but the baseline that
the neural network has to beat, and the hybrid is a network trained through the soil model. Direct
learners predict soil carbon without any model of it: what the model costs or gains.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "DEFAULT",
    "DIRECT_FOREST",
    "DIRECT_NETWORK",
    "HYBRID",
    "METHODS",
    "NEURAL_NETWORK",
    "ONE_BATCH",
    "RANDOM_FOREST",
    "RANDOM_SAMPLING",
    "SITE_BY_SITE",
    "Kind",
    "Method",
    "blocked_name",
    "blocked_names",
    "draws_files",
    "is_blocked",
    "mapped",
    "method_label",
    "method_of",
    "methods_used",
    "of_kind",
    "selectable",
    "with_parameters",
]


class Kind(Enum):
    """Where a method's parameters come from."""

    GIVEN = "given"  # not estimated: a model run, or parameters of the literature
    POOLED = "pooled"  # one distribution for all places, estimated from all profiles
    LEARNER = "learner"  # predicted for each place from its covariates
    DIRECT = "direct"  # there are none: soil carbon itself is predicted from covariates
    PER_SITE = "per site"  # estimated from the profile of the site; known nowhere else

    @property
    def draws_are(self) -> str:
        """What a draw is, and hence what the mean SOC over the draws of a method is a mean of."""
        return DRAWS_ARE[self]


DRAWS_ARE = {
    Kind.GIVEN: "none: a single run",
    Kind.POOLED: "draws of a distribution of parameter sets: SOC is averaged over them",
    Kind.LEARNER: "members of an ensemble: SOC is averaged over them; each is one run of the model "
    "at the parameter set it predicts, a mean of what it learned, not a draw of a posterior",
    Kind.DIRECT: "members of an ensemble that predicts SOC itself: SOC is averaged over them",
    Kind.PER_SITE: "draws of a distribution of parameter sets: SOC is averaged over them",
}


@dataclass(frozen=True)
class Method:
    """How the parameters of the model are chosen.

    Parameters
    ----------
    name
        In the configuration, in file names and in tables.
    kind
        Where its parameters come from.
    label
        In tables, figures and titles. What a given method shows depends on the run: the projection
        states it, and its label replaces this one.
    colour
        In figures, of Okabe and Ito (2008); of direct learners, of Tol (2021).
    draws_file
        Its draws of parameters, or of a direct learner of SOC, below results/<dataset>/; None if
        its soil carbon is not projected from draws.
    paper_rank
        Place among the methods of Tao et al. (2020), ordered by increasing skill; None if it is not
        one of them.
    baselines
        Names of methods beyond the paper's with which it is compared, too.
    """

    name: str
    kind: Kind
    label: str
    colour: str
    draws_file: str | None = None
    paper_rank: int | None = None
    baselines: tuple[str, ...] = ()

    @property
    def homogeneous(self) -> bool:
        """Whether one distribution of parameters holds for every place."""
        return self.kind is Kind.POOLED

    @property
    def has_map(self) -> bool:
        """Whether it can be projected to places without a profile."""
        return self.kind is not Kind.PER_SITE

    @property
    def has_blocks(self) -> bool:
        """Whether it also predicts each profile without having seen its spatial block."""
        return self.kind in (Kind.LEARNER, Kind.DIRECT)

    @property
    def has_parameters(self) -> bool:
        """Whether its soil carbon is that of the model at some parameters."""
        return self.kind is not Kind.DIRECT


DEFAULT = Method("default", Kind.GIVEN, "Default run", "#000000", paper_rank=1)
ONE_BATCH = Method(
    "one_batch", Kind.POOLED, "One-batch", "#0072B2", "assimilation/one_batch.nc", paper_rank=3
)
RANDOM_SAMPLING = Method(
    "random_sampling",
    Kind.POOLED,
    "Random sampling",
    "#E69F00",
    "parameters/random_sampling.nc",
    paper_rank=2,
)
NEURAL_NETWORK = Method(
    "neural_network",
    Kind.LEARNER,
    "Neural network",
    "#D55E00",
    "parameters/neural_network.nc",
    paper_rank=4,
    baselines=("random_forest",),
)
RANDOM_FOREST = Method(
    "random_forest", Kind.LEARNER, "Random forest", "#009E73", "parameters/random_forest.nc"
)
HYBRID = Method(
    "hybrid",
    Kind.LEARNER,
    "Hybrid",
    "#56B4E9",
    "parameters/hybrid.nc",
    baselines=("neural_network", "random_forest", "direct_network", "direct_forest"),
)
DIRECT_NETWORK = Method(
    "direct_network", Kind.DIRECT, "Direct network", "#882255", "soc/direct_network.nc"
)
DIRECT_FOREST = Method(
    "direct_forest", Kind.DIRECT, "Direct forest", "#999933", "soc/direct_forest.nc"
)
SITE_BY_SITE = Method(
    "site_by_site",
    Kind.PER_SITE,
    "Site by site",
    "#CC79A7",
    "assimilation/site_posteriors.nc",
    paper_rank=5,
)

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        DEFAULT,
        ONE_BATCH,
        RANDOM_SAMPLING,
        NEURAL_NETWORK,
        RANDOM_FOREST,
        HYBRID,
        DIRECT_NETWORK,
        DIRECT_FOREST,
        SITE_BY_SITE,
    )
}


def selectable() -> list[str]:
    """Names that the key ``methods`` of a configuration may list.

    Methods per site are always used: the sites' own parameters are the measure of all others.
    """
    return [name for name, method in METHODS.items() if method.kind is not Kind.PER_SITE]


def methods_used(chosen: Iterable[str]) -> list[str]:
    """Names of a run's methods: those its configuration lists, then those per site."""
    return [*chosen, *of_kind(METHODS, Kind.PER_SITE)]


def of_kind(names: Iterable[str], *kinds: Kind) -> list[str]:
    """Those of the methods ``names`` that are of one of ``kinds``; blocked variants are not."""
    return [name for name in names if name in METHODS and METHODS[name].kind in kinds]


def with_parameters(names: Iterable[str]) -> list[str]:
    """Those of the methods and blocked variants ``names`` that have draws of parameters."""
    known = {name: method_of(name) for name in names}
    return [name for name, one in known.items() if one.has_parameters and one.draws_file]


def mapped(names: Iterable[str], covariates_on_grid: bool = True) -> list[str]:
    """Those of the methods ``names`` that have a map.

    Parameters
    ----------
    names
        Names of methods.
    covariates_on_grid
        Whether all covariates are known on the grid; learners have no map without them.
    """
    with_map = [name for name in names if METHODS[name].has_map]
    return with_map if covariates_on_grid else [x for x in with_map if not METHODS[x].has_blocks]


# Blocked variants: a learner also predicts each profile without having seen its spatial block.
# Files and columns of these predictions have a name of their own.
SUFFIX = "_blocks"


def blocked_name(learner: str) -> str:
    """Name of the blocked variant of a learner, or of the learner that a wildcard matches."""
    return learner + SUFFIX


def blocked_names(names: Iterable[str]) -> list[str]:
    """Names of the blocked variants of those of ``names`` that have one."""
    return [blocked_name(name) for name in names if METHODS[name].has_blocks]


def is_blocked(name: str) -> bool:
    """Whether a name is that of a blocked variant."""
    return name.endswith(SUFFIX) and name not in METHODS


def method_of(name: str) -> Method:
    """The method of a name, which may be that of its blocked variant.

    Raises
    ------
    KeyError
        If there is no such method.
    """
    return METHODS[name.removesuffix(SUFFIX) if is_blocked(name) else name]


def method_label(name: str) -> str:
    """Label of a method; a blocked variant is labelled as held out."""
    return method_of(name).label + (", held out" if is_blocked(name) else "")


def draws_files(names: Iterable[str]) -> dict[str, str]:
    """Files of draws of methods and blocked variants, below results/<dataset>/.

    Methods without draws have none.
    """
    files = {}
    for name in names:
        path = method_of(name).draws_file
        if path is not None:
            stem, dot, suffix = path.rpartition(".")
            files[name] = f"{blocked_name(stem)}{dot}{suffix}" if is_blocked(name) else path
    return files
