"""Output of the Community Land Model (CLM): files, grid, time, and fields of the soil model."""
