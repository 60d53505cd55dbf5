"""TensorFlow and Keras, set up so that results do not depend on the machine.

One thread and no GPU: more threads gain nothing at these sizes, and with their number fixed the
result does not depend on the machine's cores. Import both from here.
"""

import logging
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no messages about the machine
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

__all__ = ["keras", "seed_of", "tf"]

try:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.set_visible_devices([], "GPU")
except RuntimeError:
    logging.getLogger(__name__).warning(
        "TensorFlow was in use before: results may differ from the workflow's last digits"
    )
tf.config.experimental.enable_op_determinism()


def seed_of(rng: np.random.Generator) -> int:
    """Return a seed for Keras."""
    return int(rng.integers(2**31))
