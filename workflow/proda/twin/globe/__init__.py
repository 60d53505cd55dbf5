"""A synthetic globe for the structure of 20 layers, driven by monthly history of a land model."""

from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.world import write_globe

__all__ = ["GlobalTwinConfig", "write_globe"]
