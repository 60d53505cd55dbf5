"""Cases for derivatives, and the exact ones in tests/data/gradients_<layers>layer.csv.gz.

``python tests/support/gradient_cases.py`` (with PYTHONPATH=workflow:tests/support) makes the files
from the ball arithmetic of ``oracle``: 200 draws of the prior in columns of any depth of bedrock
and active layer, the corners of the prior, and sets of which many parameters are at or near an end.
"""

import csv
import gzip
import io

import numpy as np

import oracle
from model_cases import COLUMN, DATA, DRAWS, STRUCTURES, corners
from proda.model import MatrixModel

EXACT = {"clm45-10": oracle.annual_gradient, "clm5-20": oracle.monthly_gradient}
ENDS = (0.0, 1e-6, 1e-3, 1 - 1e-3, 1 - 1e-6, 1.0)
FRACTIONS = ("p4ll", "p4ml", "p4cl")


def draws(structure):
    return DRAWS[structure](200, seed=70)


def corners_in_a_column(structure):
    theta = corners(structure)
    bedrock = {"bedrock": 11} if structure == "clm5-20" else {}
    return theta, COLUMN[structure](alt=1.5, **bedrock).take([0] * len(theta))


def mixed_corners(structure):
    """Many parameters at once at or next to an end, each set in a column of its own."""
    theta, forcing = DRAWS[structure](20, seed=71)
    ends = np.random.default_rng(72).choice(ENDS, theta.shape)
    names = MatrixModel(structure).parameters.code_names
    kept = [names.index(name) for name in FRACTIONS if name in names]
    ends[:, kept] = theta[:, kept]
    return ends, forcing


CASES = {"draws": draws, "corners": corners_in_a_column, "mixed corners": mixed_corners}


def functionals(model, n, seed=0):
    """(n, 7, layers): the SOC stock of the first metre and random weights by turns."""
    weights = np.random.default_rng(seed).random((n, 7, model.grid.n_layers))
    weights[::2, :4], weights[::2, 4:] = 0.0, model.grid.overlap(0.0, 1.0)
    return weights


def path(structure):
    return DATA / f"gradients_{MatrixModel(structure).grid.n_layers}layer.csv.gz"


def exact_gradients(structure, case):
    """(n, parameters) derivatives of ``functionals`` with respect to theta."""
    with gzip.open(path(structure), "rt", newline="") as handle:
        rows = [row[1:] for row in csv.reader(handle) if row[0] == case]
    return np.array(rows, dtype=float)


def make(structure):
    """Write the exact derivatives of all cases."""
    model = MatrixModel(structure)
    with gzip.GzipFile(path(structure), "wb", mtime=0) as packed:
        handle = io.TextIOWrapper(packed, newline="")
        writer = csv.writer(handle)
        writer.writerow(["case", *model.parameters.code_names])
        for case, of_structure in CASES.items():
            theta, forcing = of_structure(structure)
            weights = functionals(model, len(theta))
            for i, row in enumerate(theta):
                exact = EXACT[structure](row, forcing, weights[i], i)
                writer.writerow([case, *(f"{value:.16g}" for value in exact)])
        handle.flush()


if __name__ == "__main__":
    for structure in STRUCTURES:
        make(structure)
