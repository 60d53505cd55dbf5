"""``python -m proda.model CASES.csv OUT.csv``: the same as ``proda model``."""

import argparse
import sys
from collections.abc import Sequence

from proda.errors import InputError
from proda.model import command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a table of cases; returns the exit status, 1 for input that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m proda.model",
        description="Steady-state soil carbon of every case in a table.",
    )
    command.add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        return command.run(options)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
