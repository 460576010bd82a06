"""The numbers of Feng et al. 2021, and what a run or a grid gives beside them."""

from simulations.paper.compare import PAPER, compare, write_comparison

__all__ = ["PAPER", "compare", "write_comparison"]
