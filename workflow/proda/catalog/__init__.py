"""The catalogue of a run: its maps, tables and origin, described for other programs."""
