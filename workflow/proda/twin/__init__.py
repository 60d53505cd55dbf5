"""A twin world: raw files in real formats, made from known truth, to run and check the workflow."""

from proda.twin.config import TwinConfig

__all__ = ["TwinConfig"]
