"""What is wrong or doubtful in a configuration and its data: errors and warnings of the run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from proda.errors import InputError

__all__ = ["Finding", "Findings", "Level"]


class Level(Enum):
    """How much a finding matters."""

    ERROR = "error"  # the run would stop
    WARNING = "warning"  # the run goes on, and its results may not be what is meant


@dataclass(frozen=True)
class Finding:
    """Something wrong or doubtful.

    Attributes
    ----------
    level
        How much it matters.
    part
        What was examined.
    message
        As the run would give it.
    """

    level: Level
    part: str
    message: str


@dataclass
class Findings:
    """All findings, in the order in which they were met."""

    found: list[Finding] = field(default_factory=list)
    _parts: list[str | None] = field(default_factory=list)

    def error(self, part: str, message: str) -> None:
        """Add an error."""
        self._add(Finding(Level.ERROR, part, message))

    def warn(self, part: str, message: str) -> None:
        """Add a warning."""
        self._add(Finding(Level.WARNING, part, message))

    def of(self, level: Level) -> list[Finding]:
        """Return the findings of a level."""
        return [finding for finding in self.found if finding.level is level]

    @contextmanager
    def examining(self, part: str, quiet: bool = False) -> Iterator[None]:
        """Turn an InputError and the warnings of the log into findings; the examination goes on.

        It may be nested: a finding belongs to the innermost part.

        Parameters
        ----------
        part
            What is examined.
        quiet
            Report nothing, because another part reports the same.
        """
        logger = logging.getLogger("proda")
        handler = _Warnings(self)
        outermost, propagate = not self._parts, logger.propagate
        if outermost:
            logger.addHandler(handler)
            logger.propagate = False
        self._parts.append(None if quiet else part)
        try:
            yield
        except (InputError, OSError) as error:
            if not quiet:
                self.error(part, str(error))
        finally:
            self._parts.pop()
            if outermost:
                logger.removeHandler(handler)
                logger.propagate = propagate

    def _add(self, finding: Finding) -> None:
        # Some files are read twice, for profiles and for cells, with the same warnings.
        known = {(one.level, one.message) for one in self.found}
        if (finding.level, finding.message) not in known:
            self.found.append(finding)


class _Warnings(logging.Handler):
    """Takes the warnings of the library as findings."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(logging.WARNING)
        self.findings = findings

    def emit(self, record: logging.LogRecord) -> None:
        """Add the message of a record."""
        part = self.findings._parts[-1]
        if part is not None:
            self.findings.warn(part, record.getMessage())
