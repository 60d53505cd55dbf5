"""Skill of the methods, and the tables of the study."""
