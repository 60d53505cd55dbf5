"""The jobs that failed: which are shown in full, and their list at the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Failures"]

IN_FULL = 3
"""So many failures of a rule are shown with their logs; one fault often fails thousands of jobs."""
LISTED = 10


class Failures:
    """Failed jobs of a run."""

    def __init__(self) -> None:
        self.of_rule: Counter[str] = Counter()
        self.logs: dict[str, str] = {}

    def add(self, jobs: Sequence[Mapping[str, Any]]) -> bool:
        """Count failed jobs; returns whether to show them in full.

        Parameters
        ----------
        jobs
            Of one failure, with rule_name, jobid and log.
        """
        new = any(self.of_rule[job["rule_name"]] < IN_FULL for job in jobs)
        for job in jobs:
            self.of_rule[job["rule_name"]] += 1
            name = f"{job['rule_name']}, job {job['jobid']}"
            self.logs[name] = ", ".join(map(str, job["log"])) or "no log"
        return new

    def lines(self) -> list[str]:
        """The failed jobs with their logs; none if there are none."""
        if not self.logs:
            return []
        n = len(self.logs)
        lines = [f"{n} job{'' if n == 1 else 's'} failed:"]
        lines += [f"  {name}: {log}" for name, log in list(self.logs.items())[:LISTED]]
        return lines + ([f"  and {n - LISTED} more"] if n > LISTED else [])
