"""``fedser detect``: how well one of two classes is detected, and what the models look at."""

from pathlib import Path
from typing import Annotated

import typer


def detect(
    folders: Annotated[list[Path], typer.Argument(help="folders of runs or of grids of runs", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="the page's folder", show_default="DIR/detection")] = None,
) -> None:
    """Measure how runs detect the second of two classes: accuracy, precision, recall, ROC and PR curves over splits.

    Several runs, or the cells of a grid, stand beside each other.
    """
    from simulations.detection.answers import splits_of
    from simulations.detection.report import build_detection_report
    from simulations.grid.folder import GridFolder

    places: dict[str, Path] = {}
    for folder in folders:
        cells = sorted((folder / "cells").iterdir()) if GridFolder(folder).is_grid else [folder]
        places |= {cell.name: cell for cell in cells}
    splits = [split for name, place in places.items() for split in splits_of(place, name)]
    print(f"report: {build_detection_report(splits, out or folders[0] / 'detection')}")
