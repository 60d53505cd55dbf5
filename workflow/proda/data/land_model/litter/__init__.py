"""Carbon input to the litter pools from a land model's history, in four ways.

accumulated  the input itself, summed by layer, as the study's own version of CLM writes it
fluxes       litterfall and mortality, divided among pools and layers as CLM divides them
budget       what the pools lose and gain: input = loss - gain from other pools + change
npp          net primary production in stated shares

`choose_method` takes the first of them that the files can serve, unless one is named.
"""

from proda.data.land_model.litter.choice import (
    ACCUMULATED,
    METHODS,
    annual_dataset,
    choose_method,
    ratio_to_npp,
    read_litter_input,
)

__all__ = [
    "ACCUMULATED",
    "METHODS",
    "annual_dataset",
    "choose_method",
    "ratio_to_npp",
    "read_litter_input",
]
