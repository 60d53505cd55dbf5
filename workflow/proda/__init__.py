"""PRODA: process-based modelling, Bayesian data assimilation and deep learning for soil carbon."""

__version__ = "0.1.0"
