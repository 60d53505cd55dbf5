"""The summary of a run as a file: its facts as JSON, and the sentences that state them."""

import dataclasses
import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proda.errors import InputError
from proda.files import StrPath, atomic_path
from proda.summary.cautions import THRESHOLDS, cautions
from proda.summary.facts import Facts
from proda.summary.pictures import Picture, chosen_pictures
from proda.summary.sentences import Paragraph, paragraphs

__all__ = ["Summary", "read_summary", "summarise", "write_summary"]


@dataclass(frozen=True)
class Summary:
    """What pages and the terminal show of a run."""

    dataset: str
    paragraphs: tuple[Paragraph, ...]
    cautions: tuple[str, ...]
    pictures: tuple[Picture, ...]


def summarise(facts: Facts, figures: Collection[str]) -> Summary:
    """Sentences, cautions and pictures of a run.

    Parameters
    ----------
    facts
        Of the run.
    figures
        Names of its figures.
    """
    return Summary(
        facts.run.dataset,
        tuple(paragraphs(facts)),
        tuple(cautions(facts)),
        tuple(chosen_pictures(figures)),
    )


def write_summary(path: StrPath, facts: Facts, summary: Summary) -> None:
    """Write summary.json: ``summary``, the facts behind it and the thresholds of the cautions.

    Raises
    ------
    OSError
        As `proda.files.atomic_path`.
    """
    content = {
        "summary": dataclasses.asdict(summary),
        "facts": dataclasses.asdict(facts),
        "thresholds": dataclasses.asdict(THRESHOLDS),
    }
    text = json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """The same with None for numbers that are none, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read_summary(path: StrPath) -> Summary:
    """Read the summary of a file that ``write_summary`` wrote.

    Raises
    ------
    InputError
        For another file, or none.
    """
    try:
        found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))["summary"]
        return Summary(
            found["dataset"],
            tuple(Paragraph(**one) for one in found["paragraphs"]),
            tuple(found["cautions"]),
            tuple(Picture(**one) for one in found["pictures"]),
        )
    except FileNotFoundError:
        raise InputError(path, "the summary of a run", "none", "run the workflow first") from None
    except (ValueError, KeyError, TypeError) as error:
        expected = "the summary of a run, as the workflow writes it"
        found_error = f"{type(error).__name__}: {error}"
        hint = "remove it and run the workflow, which makes it again"
        raise InputError(path, expected, found_error, hint) from None
