"""``python -m proda.model CASES.csv OUT.csv --structure clm45-10``: run a table of model cases."""

import argparse
import sys

from proda.errors import InputError
from proda.model import table
from proda.model.structure import STRUCTURES


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m proda.model",
        description="Steady-state soil carbon of every case in a table.",
        epilog=table.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", help="CSV file, one case per row")
    parser.add_argument("out", help="CSV file to write")
    parser.add_argument("--structure", choices=STRUCTURES, default="clm45-10")
    options = parser.parse_args(arguments)
    try:
        n = table.run_table(options.cases, options.out, options.structure)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{n} cases written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
