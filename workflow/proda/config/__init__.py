"""The configuration: its file, its schema, and what is wrong with it said with a hint."""

from proda.config.schema import load_schema, resolve
from proda.config.validation import validate_config

__all__ = ["load_schema", "resolve", "validate_config"]
