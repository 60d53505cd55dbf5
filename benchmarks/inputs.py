"""Time and memory of the input stage by number of profiles: python benchmarks/inputs.py [--json]

Runs the workflow itself on one core, on twin worlds of 400, 4,000 and 40,000 profiles. Making the
twin is timed apart. Memory is the largest resident size of any process of the run.
"""

import argparse
import json
import tempfile
from pathlib import Path

from _machine import describe
from _workflow import measure_rules, run, twin_config

PROFILES = (400, 4_000, 40_000)
# Their work grows with the number of profiles; that of the other rules with the grid.
OF_PROFILES = ("profiles", "site_forcing", "site_covariates", "sites")


def measure(n_profiles):
    config = twin_config(n_profiles)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        twin_s, twin_mb, _ = run(folder, config, "twin")
        inputs_s, inputs_mb, _ = run(folder, config, "inputs")
        rules = measure_rules(folder / "results" / "twin")
    return {
        "profiles": n_profiles,
        "twin_s": round(twin_s, 1),
        "twin_mb": round(twin_mb),
        "inputs_s": round(inputs_s, 1),
        "inputs_mb": round(inputs_mb),
        "rules_of_profiles_s": round(sum(rules[rule]["s"] for rule in OF_PROFILES), 1),
        "rules_s": {rule: measured["s"] for rule, measured in rules.items()},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--profiles", type=int, nargs="+", default=PROFILES)
    options = parser.parse_args()

    figures = {"runs": [measure(n) for n in options.profiles], "machine": describe()}
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for result in figures["runs"]:
        print(
            f"{result['profiles']:6d} profiles: inputs {result['inputs_s']:.0f} s, "
            f"{result['inputs_mb']} MB (rules of profiles {result['rules_of_profiles_s']:.0f} s); "
            f"twin {result['twin_s']:.0f} s, {result['twin_mb']} MB"
        )


if __name__ == "__main__":
    main()
