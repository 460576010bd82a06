"""A grid: the experiments that its file describes, each with one label of every axis."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from fedser.config import validate
from fedser.config.document import Document, read_document
from fedser.config.overrides import apply_overrides, apply_setting
from fedser.errors import ConfigError, Problems
from simulations.experiment import Experiment
from simulations.grid.axes import KEY, Plan, at, read_plan
from simulations.grid.choice import Axes, Labels, read_choices


@dataclass(frozen=True)
class Cell:
    """One experiment of a grid, and its label on each axis."""

    labels: Labels
    experiment: Experiment

    @property
    def title(self) -> str:
        """``ravdess/fedsgd``: its labels in the order of the axes, and its folder below the grid's ``cells``."""
        return title_of(self.labels)


@dataclass(frozen=True)
class Grid:
    """All cells that are not left out, the last axis changing first; ``baselines`` are labels that set nothing."""

    name: str
    axes: Axes
    baselines: Labels
    cells: tuple[Cell, ...]

    def chosen(self, flags: Sequence[str]) -> tuple[Cell, ...]:
        """The cells that any of ``--cells`` takes, or all; raises ConfigError where that is none."""
        choices = read_choices(flags, self.axes)
        chosen = tuple(cell for cell in self.cells if not flags or any(each.takes(cell.labels) for each in choices))
        if not chosen:
            raise ConfigError(f"--cells {' --cells '.join(flags)}: the grid leaves out all of these cells")
        return chosen


def title_of(labels: Labels) -> str:
    """The labels of a cell in one word."""
    return "/".join(labels.values())


def is_grid(path: Path) -> bool:
    """Whether a config file describes a grid; raises ConfigError where it cannot be read."""
    return KEY in read_document(path).data


def read_grid(path: Path, overrides: Sequence[str] = ()) -> Grid:
    """The grid of a file; overrides of ``name`` and ``grid`` change the file, others each cell, whatever its axes set.

    Raises ConfigError with every mistake of every cell; one that several cells share is told once.
    """
    own = [one for one in overrides if one.partition("=")[0].strip().split(".")[0] in ("name", KEY)]
    document = apply_overrides(read_document(path), own)
    plan = read_plan(document)
    names = [labels for labels in _products(plan.axes) if not any(one.takes(labels) for one in plan.leave_out)]
    _refuse_unused(document, plan, names)
    documents = [_document(document, plan, labels) for labels in names]
    experiments = _validated(names, [apply_overrides(one, [o for o in overrides if o not in own]) for one in documents])
    cells = tuple(Cell(labels, one) for labels, one in zip(names, experiments, strict=True))
    return Grid(str(document.data["name"]), plan.axes, plan.baselines, cells)


def _products(axes: Axes) -> Iterator[dict[str, str]]:
    for labels in product(*axes.values()):
        yield dict(zip(axes, labels, strict=True))


def _refuse_unused(document: Document, plan: Plan, cells: Sequence[Labels]) -> None:
    """A label that no cell has is a mistake of ``leave_out``, and would never be looked at."""
    problems = Problems()
    for axis, labels in plan.axes.items():
        for label in labels:
            if all(cell[axis] != label for cell in cells):
                place = document.place((KEY, "leave_out"))
                problems.add(place, f"{KEY}.leave_out: leaves no cell of {axis}={label}")
    problems.raise_if_any(ConfigError)


def _document(document: Document, plan: Plan, labels: Labels) -> Document:
    """The document of one cell: what all share, each axis's settings in turn, and a name of its own."""
    shared = {key: value for key, value in document.data.items() if key != KEY}
    places = {path: place for path, place in document.places.items() if path[:1] != (KEY,)}
    cell = Document(shared, places, tuple(one for one in document.mistakes if one.path[:1] != (KEY,)))
    for axis, label in labels.items():
        for key in plan.settings[axis][label]:
            cell = apply_setting(cell, key, document, at(axis, label, key))
    if isinstance(shared.get("name"), str):
        cell.data["name"] = "-".join([shared["name"], *labels.values()])
    return cell


def _validated(names: Sequence[Labels], documents: Iterable[Document]) -> list[Experiment]:
    experiments, mistakes = [], dict[str, list[str]]()
    for labels, document in zip(names, documents, strict=True):
        try:
            experiments.append(validate(Experiment, document))
        except ConfigError as error:
            for line in str(error).splitlines():
                mistakes.setdefault(line, []).append(title_of(labels))
    problems = Problems()
    problems.extend(told_once(mistakes, len(names)))
    problems.raise_if_any(ConfigError)
    return experiments


def told_once(mistakes: Mapping[str, Sequence[str]], cells: int) -> Iterator[str]:
    """Each mistake, and which cells have it where not all ``cells`` do."""
    for mistake, titles in mistakes.items():
        more = f" and {len(titles) - 2} more" if len(titles) > 2 else ""
        where = f" (in {', '.join(titles[:2])}{more})" if len(titles) < cells else ""
        yield mistake + where
