"""Parameters of every method, for all places: draws, their files, random sampling, maps.

The data run from inference and learning through here to the projection.
"""
