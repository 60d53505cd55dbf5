"""Soil carbon through time: scenarios, parameter sets, runs by block of cells and their results."""
