"""The whole configuration."""

from dataclasses import dataclass, field
from typing import Annotated

from proda.config.keys import DEFAULT_SEED, Limits, Name, Seed, Text
from proda.config.sections.analysis import AnalysisSettings
from proda.config.sections.assimilation import AssimilationSettings
from proda.config.sections.catalog import CatalogSettings
from proda.config.sections.covariates import CovariateSettings
from proda.config.sections.downloads import DownloadSettings
from proda.config.sections.evaluation import EvaluationSettings, PointStocks
from proda.config.sections.figures import FigureSettings
from proda.config.sections.forcing import ForcingSettings
from proda.config.sections.learning import LearningSettings
from proda.config.sections.model import ModelSettings
from proda.config.sections.processes import ProcessSettings
from proda.config.sections.profiles import ProfileSettings
from proda.config.sections.random_sampling import RandomSamplingSettings
from proda.config.sections.references import Reference
from proda.config.sections.region import RegionSettings
from proda.config.sections.transient import TransientSettings
from proda.config.sections.twin import GlobalTwinSettings, TwinSettings
from proda.model.structures import STRUCTURES, STUDY, by_structure
from proda.parameters.methods import selectable

__all__ = ["Config"]


@dataclass(frozen=True, kw_only=True)
class Config:
    """Configuration of the PRODA workflow."""

    dataset: Annotated[
        Name,
        "Name of the dataset, of letters, digits and . _ -; results are written to "
        "results/<dataset>.",
    ]
    seed: Annotated[Seed, "Seed of all random number generators."] = DEFAULT_SEED
    structure: Annotated[
        str,
        Limits(choices=tuple(STRUCTURES)),
        "Structure of the soil carbon model. " + by_structure(lambda record: record.description),
    ] = STUDY
    methods: Annotated[
        tuple[Annotated[str, Limits(choices=tuple(selectable()))], ...],
        Limits(min_items=1, unique=True),
        "Methods to compare with the parameters of each site itself: the model or land model "
        "without data assimilation (default), one posterior for all profiles (one_batch), random "
        "sampling of the sites' parameters (random_sampling), and parameters predicted by a neural "
        "network, a random forest or a network trained through the soil model (hybrid). "
        "direct_network and direct_forest predict SOC itself, without a soil model.",
    ] = tuple(selectable())
    data_dir: Annotated[
        Text | None,
        "Folder of the raw data; relative paths of data files below are relative to it. Required "
        "without a section twin, whose files are written to results/<dataset>/raw.",
    ] = None
    twin: Annotated[
        TwinSettings | GlobalTwinSettings | None,
        "A synthetic world in the formats of the real products, used as raw data instead of "
        "data_dir: the conterminous United States, or with format globe the globe.",
    ] = None
    region: RegionSettings = RegionSettings()
    profiles: ProfileSettings
    forcing: ForcingSettings
    covariates: Annotated[
        CovariateSettings,
        "Environmental covariates from which the learners predict parameters; without this "
        "section there are none, and methods are those that need none.",
    ] = CovariateSettings(names=())
    references: Annotated[
        dict[Name, Reference],
        Limits(max_keys=100),
        "Published maps of SOC stocks for comparison, each under a name of your choice; may be "
        "empty.",
    ] = field(default_factory=dict)
    downloads: DownloadSettings = DownloadSettings()
    model: ModelSettings = ModelSettings()
    assimilation: AssimilationSettings = AssimilationSettings()
    random_sampling: RandomSamplingSettings = RandomSamplingSettings()
    learning: LearningSettings = LearningSettings()
    processes: Annotated[
        ProcessSettings | None,
        "Bulk processes of soil carbon on the grid: carbon input, decomposition rate, carbon use "
        "efficiency, vertical transport, environmental modifiers, turnover times; not computed "
        "without this section.",
    ] = None
    evaluation: EvaluationSettings = EvaluationSettings()
    figures: FigureSettings = FigureSettings()
    analysis: Annotated[
        AnalysisSettings | None,
        "Which mechanisms govern soil carbon: carbon input and its depth, decomposition, carbon "
        "use efficiency, vertical transport or environment; not computed without this section.",
    ] = None
    transient: Annotated[
        TransientSettings | None,
        "Soil carbon through time: gain or loss under a changing climate, with the parameters of "
        "every method; not computed without this section.",
    ] = None
    validation: Annotated[
        dict[Name, PointStocks],
        Limits(max_keys=100),
        "Tables of stocks measured at points, which are not used in any fit, to validate the maps; "
        "each under a name of your choice.",
    ] = field(default_factory=dict)
    catalog: CatalogSettings = CatalogSettings()
