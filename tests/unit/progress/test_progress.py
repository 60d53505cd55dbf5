"""The display of progress: counts and times by stage, in a terminal and without one."""

import io
import logging
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from snakemake.logging import DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_proda import LogHandler, LogHandlerSettings
from snakemake_logger_plugin_proda.failures import IN_FULL, LISTED, Failures
from snakemake_logger_plugin_proda.screens import LiveScreen, PlainScreen, stage_line
from snakemake_logger_plugin_proda.stages import STAGES, TARGETS, stage_of
from snakemake_logger_plugin_proda.state import RunState, StageState, duration
from warm_python import warm_python
from workflow_runs import ROOT

RULE = re.compile(r"^ *(?:rule|checkpoint) (\w+):", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def state(clock):
    """A plan of one checkpoint, two jobs of another stage and a target."""
    state = RunState(clock)
    state.plan({"observations": 1, "gather": 1, "table_1": 2, "all": 1})
    return state


def run_job(state, clock, number, rule, seconds):
    state.start(number, rule)
    clock.now += seconds
    state.finish(number)


# --- counts and times ----------------------------------------------------------------------------


def test_every_rule_that_a_stage_names_is_in_the_workflow():
    files = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    rules = {rule for path in files for rule in RULE.findall(path.read_text())}
    from snakemake_logger_plugin_proda import stages

    assert set(stages._STAGE) <= rules
    assert {stage_of(rule) for rule in rules} == set(STAGES)


def test_jobs_after_a_checkpoint_are_counted_as_those_of_its_rule(state, clock):
    run_job(state, clock, 0, "observations", 2.0)
    state.grow(5)
    assert state.jobs == 5
    # The checkpoint has found seven profiles.
    state.start(1, "assimilate")
    state.finish(1)
    state.grow(12)
    for number in range(2, 8):
        state.start(number, "assimilate")
        state.grow(12)
        assert state.jobs == 12
    found = {one.name: one for one in state.stages()}
    assert found["Site posteriors"] == StageState("Site posteriors", 9, 2, 6, 0, 0.0)
    assert found["Tables and figures"].jobs == 2 and found[TARGETS].jobs == 1
    assert state.jobs_done == 2


def test_a_job_that_is_tried_again_is_one_job(state, clock):
    for _ in range(2):
        state.start(0, "observations")
        state.fail(0)
    run_job(state, clock, 0, "observations", 1.0)
    assert state.jobs == 5 and state.jobs_done == 1
    assert next(iter(state.stages())).failed == 2


def test_the_time_left_follows_from_the_jobs_done(clock):
    state = RunState(clock)
    state.plan({"assimilate": 100})
    assert state.seconds_left() is None
    for number in range(40):
        run_job(state, clock, number, "assimilate", 3.0)
        assert (state.seconds_left() is None) == (number + 1 < 5)
    assert state.seconds_left() == pytest.approx(180.0)
    # A second job at a time halves it.
    both = RunState(clock)
    both.plan({"assimilate": 100})
    for number in range(0, 40, 2):
        both.start(number, "assimilate")
        both.start(number + 1, "assimilate")
        clock.now += 3.0
        both.finish(number)
        both.finish(number + 1)
    assert both.seconds_left() == pytest.approx(90.0)
    # Jobs that run are partly done.
    both.start(40, "assimilate")
    both.start(41, "assimilate")
    clock.now += 1.0
    assert both.seconds_left() == pytest.approx(89.0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (61, "1 min 1 s"), (3599.7, "1 h 0 min"), (7260, "2 h 1 min")],
)
def test_durations_have_two_units(seconds, text):
    assert duration(seconds) == text


# --- screens -------------------------------------------------------------------------------------


class Stream:
    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def shown(text, rows=24):
    """What a terminal shows after these characters, line by line."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[\d*[AJ]|\r|\n|[^\x1b\r\n]+", text):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[J":
            del lines[row + 1 :]
            lines[row] = ""
        elif part.startswith("\x1b["):
            row -= int(part[2:-1])
            assert row >= 0
        elif part != "\r":
            lines[row] = part + lines[row][len(part) :]
    return [line for line in lines if line]


def test_a_stage_has_a_bar_and_its_numbers():
    line = stage_line(StageState("Maps", 40, 10, 2, 1, 65.0))
    assert (
        line == f"{'Maps':<20} [#####---------------] 10 of 40, 1 failed, 2 running for 1 min 5 s"
    )


def test_a_terminal_shows_the_last_state_only_and_lines_that_stay(state, clock, monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((100, 24)))
    stream = Stream()
    screen = LiveScreen(stream, state)
    screen.update()
    run_job(state, clock, 0, "observations", 2.0)
    screen.update()
    screen.write("Error in rule profiles")
    run_job(state, clock, 1, "gather", 2.0)
    screen.update()
    screen.finish()
    screen.write("1 job failed")
    assert shown(stream.text) == [
        "Error in rule profiles",
        "Site posteriors      [####################] 2 of 2",
        "Tables and figures   [--------------------] 0 of 2",
        "2 of 5 jobs (40 %), 4 s",
        "1 job failed",
    ]


def test_a_small_terminal_shows_what_goes_on(state, clock, monkeypatch):
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((30, 4)))
    run_job(state, clock, 0, "observations", 2.0)
    run_job(state, clock, 1, "gather", 2.0)
    stream = Stream()
    LiveScreen(stream, state).update()
    found = shown(stream.text)
    assert len(found) == 2 and found[0].startswith("Tables and figures")
    assert all(len(line) < 30 for line in found)


def test_without_a_terminal_there_is_a_line_per_stage_and_tenth(clock):
    state, stream = RunState(clock), Stream()
    state.plan({"assimilate": 5000, "one_batch": 1})
    screen = PlainScreen(stream, state)
    for number in range(5000):
        run_job(state, clock, number, "assimilate", 0.5)
        screen.update()
    run_job(state, clock, 5000, "one_batch", 100.0)
    screen.update()
    screen.finish()
    lines = stream.text.splitlines()
    assert len(lines) == 12 and not CONTROL.search(stream.text)
    assert "Site posteriors: done, 5000 jobs, after 41 min 40 s" in lines
    assert "One batch: done, 1 job, after 43 min 20 s" in lines
    assert re.fullmatch(r"501 of 5001 jobs \(10 %\), \d+ min \d+ s, about .* left", lines[0])
    assert lines[-1] == "5001 of 5001 jobs (100 %), 43 min 20 s"


def test_failures_of_a_rule_are_shown_in_full_a_few_times_and_listed():
    failures = Failures()
    assert failures.lines() == []
    full = [
        failures.add([{"rule_name": "assimilate", "jobid": k, "log": [f"{k}.log"]}])
        for k in range(20)
    ]
    assert sum(full) == IN_FULL and full[:IN_FULL] == [True] * IN_FULL
    assert failures.add([{"rule_name": "gather", "jobid": 99, "log": []}])
    lines = failures.lines()
    assert lines[0] == "21 jobs failed:" and lines[1] == "  assimilate, job 0: 0.log"
    assert len(lines) == LISTED + 2 and lines[-1] == "  and 11 more"


# --- the handler ---------------------------------------------------------------------------------


def record(event, level=logging.INFO, msg="None", **fields):
    """As the queue between Snakemake and its plugins passes it on."""
    made = logging.makeLogRecord({"msg": msg, "levelno": level})
    vars(made).update(fields, event=event)
    return made


def test_a_failed_submission_of_many_jobs_is_shown_and_its_jobs_are_listed(tmp_path, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    quiet = dict.fromkeys(("stdout", "dryrun", "verbose", "debug_dag"), False)
    handler = LogHandler(SimpleNamespace(nocolor=True, **quiet), LogHandlerSettings())
    handler.setFormatter(DefaultFormatter(show_failed_logs=True))
    handler.handle(record(LogEvent.RUN_INFO, stats={"assimilate": 2, "total": 2}))
    jobs = []
    for number in range(2):
        log = tmp_path / f"{number}.log"
        log.write_text(f"error: out of memory in {number}\n")
        job = {"rule_name": "assimilate", "jobid": number, "log": [str(log)], "output": []}
        handler.handle(record(LogEvent.JOB_INFO, **job))
        jobs.append(job)
    handler.handle(
        record(LogEvent.GROUP_ERROR, logging.ERROR, "Error in group x", job_error_info=jobs,
               aux_logs=[], groupid="x")
    )  # fmt: skip
    handler.handle(record(LogEvent.PROGRESS, done=0, total=2))
    handler.handle(record(None, msg="host: node1"))
    handler.handle(record(None, logging.WARNING, "host: is a warning"))
    handler.close()
    lines = stream.getvalue().splitlines()
    assert {"error: out of memory in 0", "error: out of memory in 1"} <= set(lines)
    assert "host: node1" not in lines and "host: is a warning" in lines
    start = lines.index("2 jobs failed:")
    assert lines[start - 1].startswith("0 of 2 jobs (0 %)")
    assert lines[start + 1 :] == [
        f"  assimilate, job {number}: {tmp_path / f'{number}.log'}" for number in range(2)
    ]


# --- in Snakemake --------------------------------------------------------------------------------

SNAKEFILE = """
rule all:
    input: "all.txt"
checkpoint observations:
    output: "observations.txt"
    shell: "echo 0 1 2 3 > {output}"
rule assimilate:
    input: "observations.txt"
    output: "{number,[0-9]+}.txt"
    log: "{number}.log"
    params: broken=config.get("broken", "")
    shell:
        "[ {wildcards.number} != '{params.broken}' ] "
        "|| {{ echo 'error: a broken horizon' > {log}; exit 1; }}; touch {output}"
rule table_1:
    input:
        lambda wildcards: [
            f"{number}.txt"
            for number in open(checkpoints.observations.get().output[0]).read().split()
        ],
    output: "all.txt"
    shell: "touch {output}"
"""


def snakemake(folder, *arguments, terminal=False, **environment):
    """Exit status and what is written, of a run with the settings of the workflow."""
    (folder / "Snakefile").write_text(SNAKEFILE)
    words = [warm_python(), "-m", "snakemake", "--cores", "1", *arguments]
    words += ["--workflow-profile", str(ROOT / "profiles" / "default")]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"} | environment
    if not terminal:
        run = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        words, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    found, deadline = b"", time.monotonic() + 120
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                found += os.read(ours, 65536)
            except OSError:  # the end, on Linux
                break
    os.close(ours)
    return run.wait(), found.decode().replace("\r\n", "\n")


def test_a_pipe_gets_plain_lines_with_the_failure_and_its_log(tmp_path):
    status, text = snakemake(tmp_path, "--config", "broken=2")
    assert status != 0 and not CONTROL.search(text)
    assert "Error in rule assimilate" in text and "error: a broken horizon" in text
    assert "jobid:" in text and "localrule" not in text and "Select jobs" not in text
    last = text.splitlines()
    assert re.fullmatch(r"4 of 7 jobs \(57 %\), \d+ s", last[last.index("1 job failed:") - 1])
    assert re.fullmatch(r"  assimilate, job \d+: 2\.log", last[-1])
    (log,) = (tmp_path / ".snakemake" / "log").glob("*.log")
    assert str(log) in text and log.read_text().count("localrule assimilate:") == 4
    # The rest of the run, with all lines.
    status, text = snakemake(tmp_path, "--logger-proda-every-line")
    assert status == 0 and "localrule assimilate:" in text and "steps (100%) done" in text


def test_a_terminal_gets_lines_that_change_in_place(tmp_path):
    status, text = snakemake(tmp_path, "--nocolor", terminal=True)
    assert status == 0 and "localrule" not in text
    lines = shown(text.replace("\x1b[0m", ""))
    assert "Site posteriors      [####################] 5 of 5" in lines
    assert "Tables and figures   [####################] 1 of 1" in lines
    assert re.fullmatch(r"7 of 7 jobs \(100 %\), \d+ s", lines[-1])
    assert sum(line.startswith("Site posteriors") for line in lines) == 1
    # A plan, and a run that is to be quiet, are as Snakemake writes them.
    status, text = snakemake(tmp_path, "--dry-run", "--forceall", "--quiet", "rules")
    assert status == 0 and re.search(r"^observations +1$", text, flags=re.MULTILINE)
    status, text = snakemake(tmp_path, "--forceall", "--quiet", "all")
    assert status == 0 and "jobs (" not in text


def test_the_settings_of_the_workflow_choose_this_display():
    settings = yaml.safe_load((ROOT / "profiles" / "default" / "config.yaml").read_text())
    plugin = Path(sys.modules["snakemake_logger_plugin_proda"].__file__).parent.name
    assert f"snakemake_logger_plugin_{settings['logger']}" == plugin
