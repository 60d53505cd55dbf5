"""A corpus of broken inputs: what is wrong with each, and what its error must say.

`python tests/make_bad_inputs.py` writes the files to tests/data/bad with an index; the test of the
corpus feeds each to its door.
"""
