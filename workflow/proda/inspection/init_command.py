"""``proda init``: write a commented configuration from the files in a folder.

Tables of horizons, sites and stocks at points are recognised by their columns, netCDF files and
rasters by their variables and names. Every guess has a comment with its reason; what names and
numbers do not settle is marked CONFIRM. No file is overwritten.
"""

from argparse import ArgumentParser, Namespace
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from proda.errors import InputError
from proda.files import atomic_path

if TYPE_CHECKING:
    from proda.inspection.draft import Draft

__all__ = ["add_arguments", "run"]

_SHOWN = 12


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options to an argparse parser."""
    parser.add_argument("folder", metavar="FOLDER", help="folder with the data")
    parser.add_argument(
        "--output", metavar="FILE", help="configuration to write; FOLDER/config.yaml by default"
    )


def run(options: Namespace) -> int:
    """Write the configuration and print what was recognised.

    Returns
    -------
    int
        Exit status: 0.
    """
    # Needs packages that the model by itself does not.
    from proda.inspection.draft import draft_configuration

    folder = Path(options.folder)
    target = Path(options.output) if options.output else folder / "config.yaml"
    if target.exists():
        hint = "nothing is overwritten: move it, or name another file with --output"
        raise InputError(target, "no such file yet", "one that is there", hint)
    draft = draft_configuration(folder)
    with atomic_path(target) as temporary:
        temporary.write_text(draft.text, encoding="utf-8")
    print("\n".join(_summary(draft, target)))
    return 0


def _summary(draft: "Draft", target: Path) -> list[str]:
    lines = [f"{target} was written. Recognised:"]
    by_role: dict[str, list[str]] = defaultdict(list)
    for path, role in draft.recognised.items():
        by_role[role].append(path)
    for role, paths in by_role.items():
        lines.append(f"  {role}: {_listed(paths)}")
    if draft.others:
        lines.append(f"Not used: {_listed(draft.others)}")
    if draft.doubts:
        lines.append("Please confirm or correct (marked CONFIRM in the file):")
        lines += [f"  {doubt}" for doubt in draft.doubts[:_SHOWN]]
        if len(draft.doubts) > _SHOWN:
            lines.append(f"  and {len(draft.doubts) - _SHOWN} more")
    return [*lines, f"Next: proda check {target}"]


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
