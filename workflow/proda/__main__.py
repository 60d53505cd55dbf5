"""``proda COMMAND``, or ``python -m proda COMMAND``: what the workflow offers beside its rules."""

import argparse
import sys

from proda.errors import InputError
from proda.workflow_state import status


def main(arguments=None):
    """Run a command; returns its exit status, 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="proda", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    about = "tell which results are of this code, configuration and data (exit status 0: all)"
    command = commands.add_parser("status", help=about, description=status.__doc__)
    status.add_arguments(command)
    command.set_defaults(run=status.run)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
