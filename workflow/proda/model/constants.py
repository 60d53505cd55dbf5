"""Constants of time that more than one part of the model uses."""

__all__ = ["DAYS_PER_YEAR", "MONTHS_PER_YEAR"]

DAYS_PER_YEAR = 365.0  # CLM runs without leap days
MONTHS_PER_YEAR = 12
