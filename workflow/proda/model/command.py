"""``proda model CASES.csv OUT.csv``: run the matrix model on a table of cases."""

import argparse
import textwrap

from proda.model import table
from proda.model.default_runs import VERSIONS
from proda.model.structures import STRUCTURES, STUDY
from proda.model.switches import Switches, read_switches

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to a parser."""
    switches = textwrap.fill(f"Switches: {', '.join(Switches._fields)}", 100)
    parser.epilog = f"{table.columns_text()}\n{switches}"
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("cases", help="CSV file, one case per row")
    parser.add_argument("out", help="CSV file to write")
    parser.add_argument("--structure", choices=STRUCTURES, default=STUDY)
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


def run(options: argparse.Namespace) -> int:
    """Run the table; returns the exit status 0. Raises InputError or OSError."""
    switches = read_switches(options.switch)
    n = table.run_table(options.cases, options.out, options.structure, options.defaults, switches)
    print(f"{n} cases written to {options.out}")
    return 0
