"""Saved models, to predict the parameters of any place whose covariates are known."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proda.errors import InputError
from proda.files import atomic_path
from proda.learning.features import CovariateEncoder, read_encoder, write_encoder
from proda.model.matrix_model import MatrixModel
from proda.model.scaling import check_bounds
from proda.parameters.feasible import draw_back

__all__ = ["Predictor", "read_predictor", "write_predictor"]


@dataclass(frozen=True, eq=False)
class Predictor:
    """All members of the network, and the encoder of their covariates.

    centre: (parameters,) mean of the training targets.
    """

    encoder: CovariateEncoder
    networks: tuple
    centre: np.ndarray
    model: MatrixModel

    def predict(self, table):
        """Parameters of the places of a table of covariates.

        table: DataFrame with a column per covariate, in the units of the table of covariates;
        other columns are left alone. Returns (theta (member, n, parameters) normalised, reasons
        (n,)): NaN and a reason where a covariate is missing, a reason beside the values where a
        class was not in training (proda.learning.features). ``self.model.physical`` gives values
        with units.
        """
        encoded = self.encoder.encode(table)
        complete = encoded.complete
        theta = np.full((len(self.networks), len(table), len(self.centre)), np.nan)
        for member, network in enumerate(self.networks):
            predicted = network.predict(encoded.values[complete])
            theta[member, complete], _ = draw_back(predicted, self.centre, self.model)
        return theta, encoded.reasons


def write_predictor(folder, members, encoder, centre, model):
    """Write what a Predictor needs beside its ``members`` models: encoder.json and targets.json."""
    folder = Path(folder)
    write_encoder(folder / "encoder.json", encoder)
    targets = {
        "structure": model.structure.name,
        "switches": model.switches._asdict(),
        "parameters": list(model.parameters.names),
        "minimum": [float(value) for value in model.parameters.minimum],
        "maximum": [float(value) for value in model.parameters.maximum],
        "members": members,
        "training_mean": [float(value) for value in centre],
    }
    with atomic_path(folder / "targets.json") as temporary:
        temporary.write_text(json.dumps(targets, indent=1) + "\n")


def read_predictor(folder):
    """The Predictor of a folder of models, as ``train_split`` wrote it.

    Raises InputError if a file of it is missing, or it was trained under other bounds.
    """
    from proda.learning.network import load_network  # slow to import: TensorFlow

    folder = Path(folder)
    if not (folder / "targets.json").exists():
        raise InputError(folder, "targets.json, encoder.json and models", "no targets.json")
    with open(folder / "targets.json") as file:
        targets = json.load(file)
    bounds = [np.array(targets.get(name, [])) for name in ("minimum", "maximum")]
    model = MatrixModel(targets["structure"], **targets["switches"])
    check_bounds(folder / "targets.json", targets["parameters"], *bounds, model.parameters)
    # Counted, so that models which an earlier run with more members left behind stay out.
    paths = [folder / f"member_{member}.keras" for member in range(targets["members"])]
    for path in paths:
        if not path.exists():
            raise InputError(folder, f"{len(paths)} models", f"no {path.name}")
    return Predictor(
        read_encoder(folder / "encoder.json"),
        tuple(load_network(path) for path in paths),
        np.array(targets["training_mean"]),
        model,
    )
