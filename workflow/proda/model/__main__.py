"""``python -m proda.model CASES.csv OUT.csv --structure clm45-10``: run a table of model cases.

With ``--defaults clm5`` at CLM's own parameters, with ``--switch name=value`` other choices.
"""

import argparse
import sys

from proda.errors import InputError
from proda.model import table
from proda.model.default_runs import VERSIONS
from proda.model.structure import STRUCTURES, Switches


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m proda.model",
        description="Steady-state soil carbon of every case in a table.",
        epilog=f"{table.__doc__}\nSwitches: {', '.join(Switches._fields)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", help="CSV file, one case per row")
    parser.add_argument("out", help="CSV file to write")
    parser.add_argument("--structure", choices=STRUCTURES, default="clm45-10")
    parser.add_argument(
        "--defaults", choices=VERSIONS, help="run at the parameter values of this version of CLM"
    )
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a switch; may be given several times",
    )
    options = parser.parse_args(arguments)
    try:
        switches = table.read_switches(options.switch)
        n = table.run_table(
            options.cases, options.out, options.structure, options.defaults, switches
        )
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{n} cases written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
