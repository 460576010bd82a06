"""Configuration: YAML files into frozen values, every mistake reported at its line."""

from fedser.config.frozen import Frozen, Plugin
from fedser.config.validate import load, validate

__all__ = ["Frozen", "Plugin", "load", "validate"]
