"""A twin world: raw files in real formats, made from known truth, to run and check the workflow."""

from proda.twin.config import TwinConfig
from proda.twin.overview import draw_twin_overview
from proda.twin.world import write_twin

__all__ = ["TwinConfig", "draw_twin_overview", "write_twin"]
