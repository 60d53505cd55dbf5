"""An interactive page of the results of a run that needs no network."""
