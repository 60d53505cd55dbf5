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


def test_rows_are_those_of_held_out_blocks(tmp_path):
    (tmp_path / "tables").mkdir()
    scores = {name: [1.0, 2.0, 3.0] for name in benchmark.SCORES}
    table = {"sites": ["all", *["cross_validation"] * 2], "method": ["one", "one", "other"]}
    pd.DataFrame(table | scores).to_csv(tmp_path / "tables" / "table_1.csv", index=False)
    found = benchmark.collect(tmp_path, "gamma", "recommended")
    assert [(row["method"], row["median_ratio"], row["rmse"]) for row in found] == [
        ("one", 2.0, 2.0),
        ("other", 3.0, 3.0),
    ]
    assert all(np.isnan(row["total_100cm_pg"]) for row in found)
