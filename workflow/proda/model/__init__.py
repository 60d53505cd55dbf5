"""Matrix form of CLM's soil carbon: all pools of all layers at exact steady state."""

from proda.model.annual import AnnualForcing
from proda.model.matrix_model import MatrixModel
from proda.model.monthly import MonthlyForcing
from proda.model.soil_model import SoilModel

__all__ = ["AnnualForcing", "MatrixModel", "MonthlyForcing", "SoilModel"]
