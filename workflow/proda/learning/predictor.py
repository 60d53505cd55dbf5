"""Saved models, to predict the parameters of any place whose covariates are known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from proda.arrays import Members, Texts, Theta
from proda.errors import InputError
from proda.files import atomic_path
from proda.learning.features import CovariateEncoder, read_encoder, write_encoder
from proda.learning.learners import FittedLearner
from proda.learning.model_file import model_path
from proda.model import MatrixModel, SoilModel
from proda.model.scaling import check_bounds

__all__ = ["Predictor", "read_predictor", "write_predictor"]


@dataclass(frozen=True, eq=False)
class Predictor:
    """All members of the network, and the encoder of their covariates.

    Attributes
    ----------
    encoder
        As in training.
    networks
        The members.
    centre
        (parameters,) mean of the training targets.
    model
        The model whose parameters they predict; ``model.physical`` gives values with units.
    """

    encoder: CovariateEncoder
    networks: Sequence[FittedLearner]
    centre: Theta
    model: SoilModel

    def predict(self, table: pd.DataFrame) -> tuple[Members, Texts]:
        """Predict the parameters of places.

        Parameters
        ----------
        table
            A column per covariate, in the units of the table of covariates; others are ignored.

        Returns
        -------
        theta
            NaN where a covariate is missing.
        reasons
            (places,) of missing values, and of doubtful ones where a class was not in training
            (`proda.learning.features`).

        Raises
        ------
        InputError
            As `proda.learning.features.CovariateEncoder.encode`.
        """
        encoded = self.encoder.encode(table)
        complete = encoded.complete
        theta = np.full((len(self.networks), len(table), len(self.centre)), np.nan)
        for member, network in enumerate(self.networks):
            predicted = network.predict(encoded.values[complete])
            theta[member, complete], _ = self.model.prior.pull_back(predicted, self.centre)
        return theta, encoded.reasons


def write_predictor(
    folder: Path, members: int, encoder: CovariateEncoder, centre: Theta, model: SoilModel
) -> None:
    """Write what a Predictor needs beside its models: encoder.json and targets.json.

    Parameters
    ----------
    folder
        Folder of the models.
    members
        Number of models.
    encoder
        Of the covariates.
    centre
        (parameters,) mean of the training targets.
    model
        Model whose parameters are predicted.
    """
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


def read_predictor(folder: str | Path) -> Predictor:
    """Read a folder of models, as training wrote it.

    Parameters
    ----------
    folder
        For example results/twin/learning/neural_network/models.

    Returns
    -------
    Predictor
        Of all members.

    Raises
    ------
    InputError
        If a file is missing, or the models were trained under other bounds of the parameters.
    """
    from proda.learning.network import load_network  # slow to import: TensorFlow

    folder = Path(folder)
    path = folder / "targets.json"
    if not path.exists():
        raise InputError(folder, "targets.json, encoder.json and models", "no targets.json")
    targets = json.loads(path.read_text())
    lower, upper = (np.array(targets.get(name, [])) for name in ("minimum", "maximum"))
    model = MatrixModel(targets["structure"], **targets["switches"])
    check_bounds(path, targets["parameters"], lower, upper, model.parameters)
    # Counted: models that an earlier run with more members left behind do not belong to these.
    paths = [model_path(folder, member) for member in range(targets["members"])]
    for path in paths:
        if not path.exists():
            raise InputError(folder, f"{len(paths)} models", f"no {path.name}")
    return Predictor(
        read_encoder(folder / "encoder.json"),
        tuple(load_network(path) for path in paths),
        np.array(targets["training_mean"]),
        model,
    )
