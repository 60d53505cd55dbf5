"""How far a run is: jobs by stage, and the time it will take."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from snakemake_logger_plugin_proda.stages import STAGES, stage_of

__all__ = ["RunState", "StageState", "duration"]

ENOUGH = 0.05
"""Fraction of the jobs that have to be done before a time is estimated."""


@dataclass(frozen=True)
class StageState:
    """Jobs of a stage: all that are known, done, running and failed.

    ``seconds`` is the time since the start of the job that has been running longest.
    """

    name: str
    jobs: int
    done: int
    running: int
    failed: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether all its jobs are done."""
        return self.done == self.jobs


class RunState:
    """Counts of the jobs of a run.

    Parameters
    ----------
    clock
        Seconds since any moment.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.began = clock()
        self.planned: Counter[str] = Counter()
        # Of a rule that is not known yet.
        self.unassigned = 0
        self.started: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.running: dict[int, tuple[str, float]] = {}
        self.spent: dict[str, float] = {}

    def plan(self, jobs: Mapping[str, int]) -> None:
        """The jobs that are known when the run begins, {rule: number}."""
        self.planned = Counter(jobs)
        self.began = self.clock()

    def start(self, job: int, rule: str) -> None:
        """A job starts, or is submitted; again, if it had failed."""
        if job not in self.running:
            self.started[rule] += 1
        self.running[job] = (rule, self.clock())
        if self.started[rule] - self.failed[rule] > self.planned[rule]:
            self.planned[rule] += max(self.unassigned, 1)
            self.unassigned = 0

    def finish(self, job: int) -> None:
        """A job is done."""
        rule, since = self.running.pop(job, ("", 0.0))
        if rule:
            self.done[rule] += 1
            self.spent[rule] = self.spent.get(rule, 0.0) + self.clock() - since

    def fail(self, job: int) -> None:
        """A job failed."""
        rule, _ = self.running.pop(job, ("", 0.0))
        if rule:
            self.failed[rule] += 1

    def grow(self, total: int) -> None:
        """There are so many jobs now: after a checkpoint more than planned.

        Snakemake gives their number alone. They are taken for jobs of the next rule of which more
        start than were planned.
        """
        self.unassigned = max(total - self.planned.total(), 0)

    @property
    def jobs(self) -> int:
        """Number of all jobs that are known."""
        return self.planned.total() + self.unassigned

    @property
    def jobs_done(self) -> int:
        """Number of jobs that are done."""
        return self.done.total()

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return self.clock() - self.began

    def stages(self) -> list[StageState]:
        """Stages that have jobs, in order."""
        found = []
        for name in STAGES:
            rules = [rule for rule in self.planned if stage_of(rule) == name and self.planned[rule]]
            if not rules:
                continue
            jobs, done, failed = (
                sum(n[rule] for rule in rules) for n in (self.planned, self.done, self.failed)
            )
            since = [since for rule, since in self.running.values() if rule in rules]
            longest = self.clock() - min(since) if since else 0.0
            found.append(StageState(name, jobs, done, len(since), failed, longest))
        return found

    def seconds_left(self) -> float | None:
        """Estimate of the time to the end; None as long as there is too little to go by.

        A job takes as long as those of its rule that are done. Of a rule without any, it is taken
        to be as long as the mean over the other rules. As many jobs run at a time as did so far.
        """
        if not self.jobs_done or self.jobs_done < ENOUGH * self.jobs or self.seconds <= 0:
            return None
        known = {rule: self.spent[rule] / n for rule, n in self.done.items()}
        typical = sum(known.values()) / len(known)
        work = 0.0
        for rule, n in self.planned.items():
            work += (n - self.done[rule]) * known.get(rule, typical)
        now, so_far = self.clock(), 0.0
        for rule, since in self.running.values():
            so_far += now - since
            work -= min(now - since, known.get(rule, typical))
        at_a_time = max(1.0, (sum(self.spent.values()) + so_far) / self.seconds)
        return work / at_a_time


def duration(seconds: float) -> str:
    """A time in its two largest units."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
