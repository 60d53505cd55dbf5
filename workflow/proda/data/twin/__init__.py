"""A twin world: raw files in real formats, made from known truth, to run and check the workflow."""

from proda.data.twin.config import TwinConfig
from proda.data.twin.overview import draw_twin_overview
from proda.data.twin.world import write_twin

__all__ = ["TwinConfig", "draw_twin_overview", "write_twin"]
