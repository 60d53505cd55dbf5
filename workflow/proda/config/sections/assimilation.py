"""The section `assimilation`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.config.keys import Fraction, Limits

__all__ = ["AssimilationSettings", "CertificateSettings", "LikelihoodSettings", "RunLength"]


@dataclass(frozen=True)
class RunLength:
    """Length of a Markov chain."""

    test_steps: Annotated[
        int,
        Limits(minimum=0, maximum=10_000_000),
        "Steps of the test run, which adapts the proposal distribution.",
    ]
    steps: Annotated[int, Limits(minimum=100, maximum=10_000_000), "Steps of the formal run."]
    draws: Annotated[
        int, Limits(minimum=10, maximum=100_000), "Number of posterior draws that are stored."
    ]


@dataclass(frozen=True)
class LikelihoodSettings:
    """Likelihood of the observed SOC densities."""

    relative_sigma: Annotated[
        float,
        Limits(minimum=0.001, maximum=10),
        "Relative standard deviation of an observation.",
    ] = 0.3
    weights: Annotated[
        Literal["study", "exponential", "unit"],
        "Weights of the horizons: study is exp(-depth), and 10 for the first and the last horizon "
        "(Tao et al. 2020); exponential is exp(-depth); unit is 1.",
    ] = "study"
    interpolation: Annotated[
        Literal["cubic_spline", "linear"],
        "Interpolation of modelled SOC from layer nodes to the depths of the horizons.",
    ] = "cubic_spline"


@dataclass(frozen=True)
class CertificateSettings:
    """Limits that a posterior holds for every parameter and SOC stock to be certified."""

    rhat: Annotated[
        float,
        Limits(above=1, maximum=100),
        "The rank-normalised split R-hat stays below this.",
    ] = 1.01
    ess: Annotated[
        float,
        Limits(minimum=1, maximum=1_000_000),
        "Minimum of the bulk and tail effective sample size of all chains.",
    ] = 400.0
    mcse: Annotated[
        float,
        Limits(above=0, maximum=1),
        "The Monte-Carlo error of a mean stays below this fraction of the posterior standard "
        "deviation.",
    ] = 0.05


@dataclass(frozen=True, kw_only=True)
class AssimilationSettings:
    """Bayesian data assimilation, site by site and in one batch (docs/methods/assimilation.md)."""

    sampler: Annotated[
        Literal["adaptive-metropolis", "paper"],
        "MCMC sampler: adaptive-metropolis samples parameters transformed by the normal quantile "
        "function; paper samples within the bounds, with a uniform proposal in the test run. Both "
        "have the same posterior distribution.",
    ] = "adaptive-metropolis"
    chains: Annotated[
        int, Limits(minimum=2, maximum=20), "Number of independent Markov chains per run."
    ] = 3
    burn_in: Annotated[
        float,
        Limits(minimum=0, maximum=0.9),
        "Fraction of the formal run that is discarded as burn-in.",
    ] = 0.5
    site: Annotated[RunLength, "Length of the site-by-site chains."] = RunLength(
        test_steps=20_000, steps=30_000, draws=500
    )
    one_batch: Annotated[RunLength, "Length of the one-batch chains."] = RunLength(
        test_steps=50_000, steps=200_000, draws=1_000
    )
    profiles_per_job: Annotated[
        int,
        Limits(minimum=1, maximum=1_000_000),
        "Number of profiles that a job assimilates one after the other. Results do not depend on "
        "it.",
    ] = 1
    profiles_per_folder: Annotated[
        int,
        Limits(minimum=1, maximum=1000),
        "Number of profiles whose jobs share a results folder and, on a cluster (profiles/slurm), "
        "a submission. Results do not depend on it.",
    ] = 200
    acceptance_window: Annotated[
        tuple[Fraction, Fraction],
        "Minimum and maximum acceptance rate; a profile with a chain outside is flagged.",
    ] = (0.15, 0.5)
    certificate: CertificateSettings = CertificateSettings()
    require_certified: Annotated[
        bool,
        "Whether a run ends with an error if a posterior that later stages use is not certified. "
        "Otherwise it is marked in the tables, maps and figures that it reaches.",
    ] = False
    exclude_flags: Annotated[
        tuple[Literal["low_acceptance", "high_acceptance", "not_certified", "negative_r2"], ...],
        Limits(unique=True, max_items=4),
        "Flags that exclude a fitted profile from the following stages. Tao et al. 2020 excluded "
        "profiles with negative R2 and chains outside the acceptance window.",
    ] = ("negative_r2",)
    likelihood: LikelihoodSettings = LikelihoodSettings()
