"""``proda summary FOLDER``: what a finished run found, and where its report and explorer are."""

import shutil
import textwrap
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from proda.summary.document import Summary, read_summary

__all__ = ["add_arguments", "duration", "run", "summary_lines"]

FILES = ("report.html", "explorer.html")
WIDTH = 100


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options to an argparse parser."""
    parser.add_argument("folder", type=Path, help="of the results, such as results/twin")
    parser.add_argument(
        "--since",
        type=float,
        metavar="SECONDS",
        help="when the run began, as `date +%%s` gives it: prints the time it took",
    )


def run(options: Namespace) -> int:
    """Print the summary of a run.

    Returns
    -------
    int
        Exit status 0.
    """
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)
    lines = summary_lines(read_summary(options.folder / "summary.json"), width)
    lines.append("")
    lines += [str(options.folder / name) for name in FILES if (options.folder / name).exists()]
    if options.since is not None:
        lines.append(f"took {duration(time.time() - options.since)}")
    print("\n".join(lines))
    return 0


def summary_lines(summary: Summary, width: int = WIDTH) -> list[str]:
    """Answers and cautions as lines of a terminal.

    Parameters
    ----------
    summary
        Of the run.
    width
        Of the lines.
    """
    lines = []
    for one in summary.paragraphs:
        if one.answer:
            lines += ["", one.title, *_wrapped(one.text, width)]
    for text in summary.cautions:
        lines += ["", *_wrapped(f"Caution: {text}", width)]
    return lines


def duration(seconds: float) -> str:
    """A time in the two largest units: 13 min 42 s."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")
