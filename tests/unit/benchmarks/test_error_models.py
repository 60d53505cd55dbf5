"""The comparison of error models: its settings are valid, its numbers those of the files."""

import error_models as benchmark
import numpy as np
import pandas as pd
import yaml

from proda.config.keys import build
from proda.config.sections.assimilation import LikelihoodSettings
from proda.config.sections.learning import LearningSettings
from proda.config.sections.random_sampling import RandomSamplingSettings


def test_every_choice_is_one_of_the_configuration():
    for settings in benchmark.MODELS.values():
        build(LikelihoodSettings, settings)
    for change in benchmark.PASSES.values():
        learning = benchmark.combine(benchmark.SHORT, change.get("learning", {}))
        build(LearningSettings, learning)
        build(RandomSamplingSettings, change.get("random_sampling", {}))


def test_changes_go_before_and_leave_the_rest(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({"dataset": "x", "learning": {"random_forest": {"trees": 10}}}))
    config = benchmark.configure(path, tmp_path, short=True)
    assert config["learning"] == {"random_forest": {"trees": 10}, **benchmark.SHORT}
    assert config["data_dir"] == str(tmp_path)
    base = {"a": {"b": 1, "c": 2}, "d": 3}
    assert benchmark.combine(base, {"a": {"b": 5}}) == {"a": {"b": 5, "c": 2}, "d": 3}
    assert base["a"]["b"] == 1


def test_ratios_are_those_of_used_profiles_with_carbon(tmp_path):
    folder = tmp_path / "evaluation"
    folder.mkdir()
    pairs = {"profile": [0, 0, 1, 2, 2], "depth_m": np.ones(5), "thickness_m": np.ones(5)}
    pairs |= {"observed": [1.0, 2.0, 1.0, 4.0, 0.0], "one": [2.0, 2.0, 9.0, 2.0, 1.0]}
    pd.DataFrame(pairs).to_csv(folder / "pairs.csv.gz", index=False)
    used = {"profile_id": ["a", "b", "c"], "used": [True, False, True]}
    pd.DataFrame(used).to_csv(folder / "profiles.csv", index=False)
    assert benchmark.ratios(tmp_path) == {"one": 1.0}
