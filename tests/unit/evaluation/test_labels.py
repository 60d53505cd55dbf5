"""Labels of methods: read from projections, written once, shown by all tables."""

import netCDF4
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.labels import (
    certificate_notes,
    projection_labels,
    read_certificates,
    read_labels,
    with_labels,
    with_notes,
    write_labels,
)
from proda.inference.certification import Certification

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
    found = with_labels(table, {"default": CASE}, {})
    assert list(found) == ["method", "label", "total_pg", "certificate"]
    assert found["label"].tolist() == [CASE, "WISE30sec"]
    assert list(table) == ["method", "total_pg"]


# --- what is not certified -----------------------------------------------------------------------

NOTE = "q10: largest R-hat 1.3"


def test_a_method_without_certificate_is_marked_wherever_its_label_is_shown(tmp_path):
    path = tmp_path / "methods.csv"
    labels = {"default": CASE, "one_batch": "One-batch", "site_by_site": "Site by site"}
    write_labels(path, labels, {"one_batch": NOTE, "default": "x"})
    marked = {"default": "CLM history* (case b.e21, 1850)", "one_batch": "One-batch*"}
    assert read_labels(path) == labels | marked
    assert read_certificates(path) == {"one_batch": NOTE, "default": "x"}
    table = pd.DataFrame({"method": ["one_batch", "site_by_site"]})
    found = with_labels(table, read_labels(path), read_certificates(path))
    assert found["label"].tolist() == ["One-batch*", "Site by site"]
    assert found["certificate"].tolist() == [NOTE, ""]
    write_labels(path, labels)
    assert read_labels(path) == labels and read_certificates(path) == {}


def test_a_row_of_two_methods_names_the_one_that_is_not_certified():
    table = pd.DataFrame({"method": ["a", "b", "c"], "other": ["b", "a", "d"]})
    found = with_notes(table, {"a": NOTE, "d": "y"}, "method", "other")
    assert found["certificate"].tolist() == [f"a: {NOTE}", f"a: {NOTE}", "d: y"]


def test_notes_come_from_the_projections_and_from_the_used_sites(tmp_path):
    paths = {
        "default": projection(tmp_path / "d.nc", label="x"),
        "one_batch": projection(tmp_path / "b.nc", **Certification(False, NOTE).attributes),
        "neural_network": projection(tmp_path / "n.nc", **Certification(True).attributes),
        # All fitted profiles count in the file, and only the used ones here.
        "site_by_site": projection(tmp_path / "s.nc", **Certification(False, "all").attributes),
    }
    used, certified = [True, True, True, False], [True, False, False, False]
    profiles = pd.DataFrame({"used": used, "certified": certified})
    assert certificate_notes(paths, profiles) == {
        "one_batch": NOTE,
        "site_by_site": "2 of 3 posteriors of profiles are not certified",
    }
    assert "site_by_site" not in certificate_notes(paths, profiles.assign(certified=used))
