"""The section `assimilation`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from proda.config.keys import Fraction, Limits

__all__ = [
    "ASSIMILATION_PRESETS",
    "STATED",
    "AssimilationSettings",
    "CertificateSettings",
    "LikelihoodSettings",
    "OneBatchLength",
    "SiteLength",
]


_TestSteps = Annotated[
    int,
    Limits(minimum=0, maximum=10_000_000),
    "Random walks: steps of the test run, which adapts the proposal distribution.",
]
_Steps = Annotated[
    int, Limits(minimum=100, maximum=10_000_000), "Random walks: steps of the formal run."
]
_Budget = Annotated[
    int,
    Limits(minimum=10, maximum=10_000_000),
    "hmc: draws per chain at most; a run ends as soon as its posterior is certified.",
]
_Draws = Annotated[
    int, Limits(minimum=10, maximum=100_000), "Number of posterior draws that are stored."
]


@dataclass(frozen=True, kw_only=True)
class SiteLength:
    """Length of the site-by-site chains."""

    test_steps: _TestSteps = 20_000
    steps: _Steps = 30_000
    budget: _Budget = 16_000
    draws: _Draws = 500


@dataclass(frozen=True, kw_only=True)
class OneBatchLength:
    """Length of the one-batch chains."""

    test_steps: _TestSteps = 50_000
    steps: _Steps = 200_000
    budget: _Budget = 8_000
    draws: _Draws = 1_000


STATED: Final = "stated"
"""The prior of a profile's relative error that is about the stated one."""


@dataclass(frozen=True, kw_only=True)
class LikelihoodSettings:
    """Likelihood of the observed SOC densities (docs/methods/assimilation.md)."""

    error_model: Annotated[
        Literal["relative", "lognormal", "lognormal_mean", "student_t", "gamma"],
        "Distribution of an observation about the model: relative is normal with a share of the "
        "observation as its standard deviation (Tao et al. 2020); lognormal has the model as "
        "median, lognormal_mean as mean; student_t is that of the logarithm, with 4 degrees of "
        "freedom; gamma has the model as mean.",
    ] = "lognormal"
    relative_error: Annotated[
        float,
        Limits(minimum=0.001, maximum=10),
        "Relative error of an observation: standard deviation of its logarithm, or as a share of "
        "the observation (relative) or of the model (gamma).",
    ] = 0.3
    estimate_error: Annotated[
        Literal["none", "one_batch", "all"],
        "Runs that estimate the relative error as a further parameter: none, the one of all "
        "profiles in one batch, whose scatter is that between sites, log-uniform between 0.05 and "
        "3, or all, each profile with a relative error of its own, too.",
    ] = "all"
    error_prior: Annotated[
        Literal["stated", "log_uniform"],
        "Prior of the relative error of a profile, where it is estimated: stated, log-normal about "
        "relative_error; or log_uniform between 0.05 and 3.",
    ] = STATED
    error_spread: Annotated[
        float,
        Limits(minimum=0.01, maximum=2),
        "How well relative_error is known, with the prior stated: standard deviation of the "
        "logarithm of a profile's own relative error about it. 0.35 is a factor of 2 either way in "
        "95 % of profiles.",
    ] = 0.35
    absolute_error: Annotated[
        float,
        Limits(minimum=0, maximum=100),
        "Absolute error of an observation beside the relative one, kg m-3; 0.1 g kg-1, to which "
        "laboratories report organic carbon, are about 0.1 kg m-3.",
    ] = 0.1
    weights: Annotated[
        Literal["study", "exponential", "unit"],
        "Weights of the horizons: study is exp(-depth), and 10 for the first and the last horizon "
        "(Tao et al. 2020); exponential is exp(-depth); unit is 1.",
    ] = "unit"
    interpolation: Annotated[
        Literal["cubic_spline", "linear"],
        "Interpolation of modelled SOC from layer nodes to the depths of the horizons; the spline "
        "of the study can become negative, linear cannot.",
    ] = "linear"


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

    preset: Annotated[
        Literal["recommended", "study", "paper"],
        "What the keys of this section that are not given come from: recommended; study, the cost, "
        "weights and interpolation of Tao et al. 2020; paper, also their random walk.",
    ] = "recommended"
    sampler: Annotated[
        Literal["hmc", "adaptive-metropolis", "paper"],
        "MCMC sampler: hmc follows trajectories with gradients, in rounds until the posterior is "
        "certified; adaptive-metropolis is a random walk of parameters transformed by the normal "
        "quantile function; paper one within the bounds, with a uniform proposal in the test run. "
        "All have the same posterior distribution.",
    ] = "hmc"
    chains: Annotated[
        int, Limits(minimum=2, maximum=20), "Number of independent Markov chains per run."
    ] = 4
    burn_in: Annotated[
        float,
        Limits(minimum=0, maximum=0.9),
        "Random walks: fraction of the formal run that is discarded as burn-in.",
    ] = 0.5
    site: SiteLength = SiteLength()
    one_batch: OneBatchLength = OneBatchLength()
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
    ] = (0.0, 1.0)
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

    @property
    def random_walk(self) -> bool:
        """Whether the sampler is a random walk, which needs no gradient."""
        return self.sampler != "hmc"

    @classmethod
    def base(cls, values: Mapping[str, Any]) -> "AssimilationSettings":
        """Return the preset that ``values`` name (`proda.config.keys.build`)."""
        return ASSIMILATION_PRESETS.get(values.get("preset", ""), cls())


STUDY_LIKELIHOOD = LikelihoodSettings(
    error_model="relative",
    estimate_error="none",
    absolute_error=0.0,
    weights="study",
    interpolation="cubic_spline",
)
ASSIMILATION_PRESETS = {
    "recommended": AssimilationSettings(),
    "study": AssimilationSettings(preset="study", likelihood=STUDY_LIKELIHOOD),
    "paper": AssimilationSettings(
        preset="paper",
        likelihood=STUDY_LIKELIHOOD,
        sampler="paper",
        chains=3,
        acceptance_window=(0.15, 0.5),
    ),
}
