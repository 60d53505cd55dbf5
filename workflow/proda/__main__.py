"""``proda COMMAND``, or ``python -m proda COMMAND``: configurations, the model, results."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from proda import __version__
from proda.errors import InputError

COMMANDS = {
    "init": (
        "proda.inspection.init_command",
        "write a commented configuration from the files in a folder",
    ),
    "check": (
        "proda.inspection.check_command",
        "examine a configuration and its data without running anything",
    ),
    "model": ("proda.model.command", "run the matrix model on a table of cases"),
    "status": (
        "proda.workflow_state.status",
        "report which results belong to the present code, configuration and data "
        "(exit status 0: all)",
    ),
    "summary": ("proda.summary.command", "print what a finished run found"),
}
"""Module and description by command. A module is imported when its command is used: it has a
function that adds its options to a parser, and one that runs it and returns its exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        Words of the command line; None for those of this process.

    Returns
    -------
    int
        Exit status: 2 for input that cannot be used.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    about_all = "Configurations and their data, the matrix model, and results of runs."
    parser = argparse.ArgumentParser(prog="proda", description=about_all)
    parser.add_argument("--version", action="version", version=f"proda {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in words if not word.startswith("-")), None)
    for name, (module, about) in COMMANDS.items():
        command = commands.add_parser(
            name, help=about, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == chosen:
            implementation = import_module(module)
            command.description = (implementation.__doc__ or "").replace("``", "")
            implementation.add_arguments(command)
            command.set_defaults(run=implementation.run)
    options = parser.parse_args(words)
    try:
        return int(options.run(options))
    except ModuleNotFoundError as error:
        package = (error.name or "proda").partition(".")[0]
        if package == "proda":
            raise
        hint = "pip install 'proda[workflow]', or make setup in the folder of the workflow"
        message = InputError(f"proda {options.command}", f"the package {package}", "none", hint)
        print(f"error: {message}", file=sys.stderr)
        return 2
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
