"""Two ways to show how far a run is: lines that change in place, and lines one after another."""

import shutil
from typing import TextIO

from snakemake_logger_plugin_proda.stages import TARGETS
from snakemake_logger_plugin_proda.state import RunState, StageState, duration

__all__ = ["LiveScreen", "PlainScreen", "last_line", "stage_line"]

BAR = 20
CLEAR_DOWN, UP = "\x1b[J", "\x1b[{}A"
SHORTEST = 0.1
"""Seconds between two changes of the screen."""
STEPS = 10
"""A line without a terminal for each such part of the jobs."""


def stage_line(one: StageState) -> str:
    """Name, bar and numbers of a stage."""
    filled = BAR * one.done // one.jobs
    bar = "#" * filled + "-" * (BAR - filled)
    text = f"{one.name:<20} [{bar}] {one.done} of {one.jobs}"
    if one.failed:
        text += f", {one.failed} failed"
    if one.running:
        text += f", {one.running} running for {duration(one.seconds)}"
    return text


def last_line(state: RunState, ended: bool = False) -> str:
    """All jobs, the time the run has taken, and an estimate of the rest unless it ended."""
    share = 100 * state.jobs_done // max(state.jobs, 1)
    text = f"{state.jobs_done} of {state.jobs} jobs ({share} %), {duration(state.seconds)}"
    left = state.seconds_left()
    if left is not None and state.jobs_done < state.jobs and not ended:
        text += f", about {duration(left)} left"
    return text


class LiveScreen:
    """Lines at the end of a terminal that change in place.

    The cursor rests at their beginning, so that whatever else writes to the terminal overwrites
    these lines and is not overwritten itself.

    Parameters
    ----------
    stream
        The terminal.
    state
        Of the run.
    """

    def __init__(self, stream: TextIO, state: RunState) -> None:
        self.stream = stream
        self.state = state
        self.shown_at = float("-inf")
        self.ended = False

    def update(self) -> None:
        """Show the state, unless it was shown a moment ago."""
        now = self.state.clock()
        if not self.ended and now - self.shown_at >= SHORTEST:
            self.shown_at = now
            self._show()

    def write(self, text: str) -> None:
        """Write lines that stay, above those that change."""
        self.stream.write(f"\r{CLEAR_DOWN}{text}\n" if not self.ended else f"{text}\n")
        if not self.ended:
            self._show()
        self.stream.flush()

    def finish(self) -> None:
        """Show the last state, and leave it there."""
        self.ended = True
        lines = self._lines()
        if lines:
            self.stream.write(f"\r{CLEAR_DOWN}" + "".join(f"{line}\n" for line in lines))
        self.stream.flush()

    def _lines(self) -> list[str]:
        """Stages and the whole, as many as fit."""
        if not self.state.jobs:
            return []
        columns, rows = shutil.get_terminal_size()
        stages = [one for one in self.state.stages() if one.name != TARGETS]
        # Where there is no room: those that go on first, then the last that are complete.
        room = max(rows - 3, 1)
        if len(stages) > room:
            open_ones = [one for one in stages if not one.complete]
            complete = [one for one in stages if one.complete]
            kept = open_ones[:room] + complete[len(complete) - max(room - len(open_ones), 0) :]
            stages = [one for one in stages if one in kept]
        lines = [*(stage_line(one) for one in stages), last_line(self.state, self.ended)]
        return [line[: max(columns - 1, 1)] for line in lines]

    def _show(self) -> None:
        lines = self._lines()
        if not lines:
            return
        text = "".join(f"{line}\n" for line in lines)
        self.stream.write(f"\r{CLEAR_DOWN}{text}{UP.format(len(lines))}\r")
        self.stream.flush()


class PlainScreen:
    """Lines that follow each other, without control characters: for files, pipes and schedulers.

    Parameters
    ----------
    stream
        What is written to.
    state
        Of the run.
    """

    def __init__(self, stream: TextIO, state: RunState) -> None:
        self.stream = stream
        self.state = state
        self.step = 0
        self.seen = -1
        self.complete: set[str] = set()

    def update(self) -> None:
        """Write a line for each stage that became complete, and for each part of the jobs."""
        if not self.state.jobs or self.state.jobs_done == self.seen:
            return
        self.seen = self.state.jobs_done
        for one in self.state.stages():
            if one.complete and one.name not in self.complete and one.name != TARGETS:
                jobs = f"{one.jobs} job{'' if one.jobs == 1 else 's'}"
                self.write(f"{one.name}: done, {jobs}, after {duration(self.state.seconds)}")
                self.complete.add(one.name)
            elif not one.complete:
                # After a checkpoint there may be more of them.
                self.complete.discard(one.name)
        step = STEPS * self.state.jobs_done // self.state.jobs
        if step > self.step:
            self.step = step
            self.write(last_line(self.state))

    def write(self, text: str) -> None:
        """Write lines."""
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def finish(self) -> None:
        """Write how far the run came, if it ended before its end."""
        if self.state.jobs_done < self.state.jobs:
            self.write(last_line(self.state, ended=True))
