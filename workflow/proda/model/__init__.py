"""Matrix form of CLM's soil carbon: 70 (140) pools of 10 (20) layers at exact steady state."""

from proda.model.forcing import AnnualForcing, MonthlyForcing
from proda.model.matrix_model import MatrixModel

__all__ = ["AnnualForcing", "MatrixModel", "MonthlyForcing"]
