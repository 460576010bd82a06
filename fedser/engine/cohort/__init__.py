"""The cohort engine: a round costs what its arithmetic costs."""

from fedser.engine.cohort.engine import Cohort

__all__ = ["Cohort"]
