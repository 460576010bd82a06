"""The report of a run: one self-contained page and its figures, built from the files in the run's folder alone."""

from simulations.report.build import build_report

__all__ = ["build_report"]
