"""A corpus of broken inputs: the fault of each, and what its error must state.

`python tests/make_bad_inputs.py` writes the files to tests/data/bad with an index; the test of the
corpus passes each to its reader.
"""
