"""Which results are out of date, and why, from records of a small chain of jobs."""

import json
import os
import shutil

import pytest

from proda.workflow_state import compare
from proda.workflow_state.compare import Results, changed_settings, summary
from proda.workflow_state.record import input_digest, record_path
from proda.workflow_state.status import status_lines


class Rule:
    varies = True
    inputs = None

    def __init__(self, code, settings, pattern):
        self._code, self._settings, self.pattern = code, settings, pattern

    def code(self):
        return self._code

    def settings(self, wildcards):
        return self._settings | wildcards

    def makes(self, path):
        return self.pattern in path


@pytest.fixture
def rules():
    return {
        "read": Rule("r1", {"years": [2000, 2001]}, "table"),
        "fit": Rule("f1", {"steps": 400}, "jobs/"),
        "join": Rule("j1", {}, "joined"),
    }


def write(rule, path, inputs, rules, **wildcards):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{path} by {rule}")
    record = {
        "result": str(path),
        "format": 1,
        "rule": rule,
        "wildcards": wildcards,
        "code": rules[rule].code(),
        "settings": rules[rule].settings(wildcards),
        "inputs": {str(each): input_digest(each) for each in inputs},
        "outputs": {str(path): "sha256:?"},
    }
    record_path(path).write_text(json.dumps(record))
    record["outputs"] = {str(path): compare.content_digest(path)}
    record_path(path).write_text(json.dumps(record))
    return path


@pytest.fixture
def run(tmp_path, rules, monkeypatch):
    """raw -> table -> jobs 0 and 1 -> joined, all up to date; relative to the folder of the run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "raw.csv").write_text("raw")
    results = compare.Path("results/x")
    table = write("read", results / "table.csv", ["raw.csv"], rules)
    jobs = [write("fit", results / f"jobs/{i}.nc", [table], rules, i=str(i)) for i in range(2)]
    return write("join", results / "joined.nc", jobs, rules)


def found(rules, target=None):
    results = Results("results/x", rules)
    if target is None:
        return {(each.path, each.reason) for each in results.differences()}
    return {(each.path, each.reason) for each in results.needed_for([target])[0]}


JOBS = {"results/x/jobs/0.nc", "results/x/jobs/1.nc"}


def test_results_that_are_up_to_date_have_no_difference(run, rules):
    assert found(rules) == found(rules, run) == set()
    assert Results("results/x", rules).needed_for([run]) == ([], 4)


def test_other_code_is_told_of_the_rule_that_has_it(run, rules):
    rules["fit"]._code = "f2"
    assert found(rules) == {(job, "code") for job in JOBS}
    assert found(rules, run) == {(job, "code") for job in JOBS} | {(str(run), "outdated")}


def test_other_settings_are_named(run, rules):
    rules["read"]._settings = {"years": [2000, 2005]}
    (difference,) = Results("results/x", rules).differences()
    assert difference.reason == "settings"
    assert difference.detail == "years was [2000, 2001], is [2000, 2005]"
    reasons = dict(found(rules, run))
    assert reasons == {"results/x/table.csv": "settings", str(run): "outdated"} | dict.fromkeys(
        JOBS, "outdated"
    )


def test_an_input_that_cannot_be_read_is_left_to_its_job_to_name(run, rules):
    path = run.parents[2] / "raw.csv"
    path.unlink()
    path.symlink_to("/proc/self/mem")  # opens and then fails, as on a broken disk
    assert found(rules) == {("results/x/table.csv", "inputs")}


def test_an_input_with_an_older_time_is_another_one_and_a_newer_time_is_not(run, rules):
    path = run.parents[2] / "raw.csv"
    os.utime(path)
    assert found(rules) == set()
    path.write_text("RAW")
    os.utime(path, (1, 1))
    assert found(rules) == {("results/x/table.csv", "inputs")}


def test_another_file_that_is_named_now_is_another_input(run, rules):
    table, raw = "results/x/table.csv", run.parents[2] / "raw.csv"
    rules["read"].inputs = ["raw.csv"]
    assert found(rules) == set()
    shutil.copy(raw, "copy.csv")
    rules["read"].inputs = ["copy.csv"]  # the same content in another place
    assert found(rules) == set()
    compare.Path("other.csv").write_text("other")
    for inputs in (["other.csv"], ["raw.csv", "other.csv"], []):
        rules["read"].inputs = inputs
        assert found(rules) == {(table, "inputs")}
    rules["read"].inputs = ["still to be made"]
    assert found(rules) == set()


def test_an_intermediate_result_of_another_run_is_noticed_by_who_used_it(run, rules):
    other = run.parent / "jobs" / "1.nc"
    times = other.stat()
    other.write_text(other.read_text().replace("by", "BY"))
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert found(rules) == {(str(run), "inputs")}
    assert found(rules, run) == {(str(other), "broken"), (str(run), "inputs")}


def test_a_result_without_record_is_out_of_date(run, rules):
    record_path(run).unlink()
    assert found(rules) == found(rules, run) == {(str(run), "unrecorded")}


def test_what_was_made_from_a_result_without_record_is_out_of_date(run, rules):
    job = "results/x/jobs/0.nc"
    record_path(job).unlink()
    assert found(rules, run) == {(job, "unrecorded"), (str(run), "outdated")}


def test_a_broken_result_that_nothing_reads_is_told(run, rules):
    assert Results("results/x", rules).broken_ends() == []
    (run.parent / "jobs" / "1.nc").write_text("broken, which the job that reads it reports")
    assert Results("results/x", rules).broken_ends() == []
    run.write_text("edited")
    (difference,) = Results("results/x", rules).broken_ends()
    assert (difference.path, difference.rule, difference.reason) == (str(run), "join", "broken")


def test_what_is_missing_counts_only_where_it_was_asked_for(run, rules):
    (run.parent / "jobs" / "0.nc").unlink()
    assert found(rules, run) == set()
    run.unlink()
    assert found(rules, run) == {(str(run), "missing")}


def test_files_left_by_a_rule_that_is_no_more_are_left_alone(run, rules):
    del rules["join"]
    assert found(rules) == set()


def test_leftovers_are_not_part_of_what_is_asked_for(run, rules):
    write("fit", run.parent / "jobs" / "9.nc", [], rules, i="9")
    rules["fit"]._settings = {"steps": 400, "other": 1}
    for i in range(2):
        write("fit", run.parent / f"jobs/{i}.nc", ["results/x/table.csv"], rules, i=str(i))
    assert found(rules, run) == set()
    assert found(rules) == {("results/x/jobs/9.nc", "settings")}


def test_a_record_beside_another_file_is_not_its_record(run, rules):
    copy = run.with_name("joined_copy.nc")
    shutil.copy(run, copy)
    shutil.copy(record_path(run), record_path(copy))
    assert found(rules) == {(str(copy), "unrecorded")}


def test_raw_data_are_read_once(run, rules, monkeypatch):
    assert found(rules) == set()
    monkeypatch.setattr(compare, "file_digest", None)
    monkeypatch.setattr(compare, "content_digest", None)
    assert found(rules) == set()
    (run.parent / ".digests.json").write_text("{")
    with pytest.raises(TypeError):
        found(rules)


def test_a_long_list_is_summed_up_by_rule(run, rules):
    rules["fit"]._code, rules["read"]._settings = "f2", {"years": 3}
    lines = summary(Results("results/x", rules).differences())
    assert lines == [
        "read: results/x/table.csv of another configuration (years was [2000, 2001], is 3)",
        "fit: 2 results of other code",
    ] or lines == [
        "fit: 2 results of other code",
        "read: results/x/table.csv of another configuration (years was [2000, 2001], is 3)",
    ]
    differences, n = Results("results/x", rules).needed_for([run])
    text = "\n".join(status_lines("results/x", differences, n))
    assert text.startswith("results/x: 0 of 4 results are of this code")
    assert "of other code (code): 2\n  fit: 2 results" in text
    assert "made from results that are out of date (outdated): 1\n  join: " in text


def test_changed_settings_name_the_innermost_key():
    old, new = {"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1, "c": 5}, "e": "x"}
    changes = ["a.c was 2, is 5", "d was 3, is null", 'e was null, is "x"']
    assert list(changed_settings(old, new)) == changes
