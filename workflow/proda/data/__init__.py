"""Readers of all data: profiles, land model, rasters, covariates, references, regions."""
