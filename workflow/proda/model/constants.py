"""Constants of time that more than one part of the model uses."""

__all__ = ["DAYS_IN_MONTH", "DAYS_PER_YEAR", "MONTHS_PER_YEAR"]

DAYS_PER_YEAR = 365.0  # CLM runs without leap days
MONTHS_PER_YEAR = 12
DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
