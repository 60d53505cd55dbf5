"""Labels of methods: read from projections, written once, shown by all tables."""

import netCDF4
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.labels import projection_labels, read_labels, with_labels, write_labels

CASE = "CLM history (case b.e21, 1850)"


def projection(path, **attributes):
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts(attributes)
    return path


def test_labels_come_from_the_projections_and_are_read_as_written(tmp_path):
    paths = {
        "default": projection(tmp_path / "default_sites.nc", label=CASE),
        "one_batch": projection(tmp_path / "one_batch_sites.nc", label="One-batch"),
    }
    labels = projection_labels(paths)
    assert labels == {"default": CASE, "one_batch": "One-batch"}
    write_labels(tmp_path / "methods.csv", labels)
    assert read_labels(tmp_path / "methods.csv") == labels


def test_a_projection_without_a_label_is_named(tmp_path):
    path = projection(tmp_path / "default_sites.nc", title="SOC")
    with pytest.raises(InputError, match=r"default_sites\.nc: expected an attribute label"):
        projection_labels({"default": path})


def test_another_table_is_refused(tmp_path):
    (tmp_path / "methods.csv").write_text("method,name\ndefault,CLM\n")
    with pytest.raises(InputError, match=r"methods\.csv: expected columns method, label"):
        read_labels(tmp_path / "methods.csv")


def test_tables_show_the_label_behind_the_method():
    table = pd.DataFrame({"method": ["default", "WISE30sec"], "total_pg": [1.0, 2.0]})
    found = with_labels(table, {"default": CASE})
    assert list(found) == ["method", "label", "total_pg"]
    assert found["label"].tolist() == [CASE, "WISE30sec"]
    assert list(table) == ["method", "total_pg"]
