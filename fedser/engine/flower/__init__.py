"""The Flower engine; nothing here imports Flower or Ray before a training is run with it."""

from fedser.engine.flower.engine import Flower

__all__ = ["Flower"]
