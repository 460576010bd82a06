"""What can be refused of a grid's cells before any work: all mistakes of all cells, each told once."""

from collections.abc import Callable, Sequence

from fedser.corpora import Corpus, CorpusReader
from fedser.errors import ConfigError, FedserError, InputError, Problems
from simulations.checks import check_experiment
from simulations.corpora import Corpora, read_corpora
from simulations.experiment import Experiment
from simulations.grid.grid import Cell, told_once
from simulations.machine import Machine


def check_cells(cells: Sequence[Cell], engines: bool = False) -> list[Corpora]:
    """The tables of each cell's corpora; raises ConfigError or InputError with all that cannot work in any cell.

    Whether this machine has what the ``engines`` ask for is another question than whether the experiments can be.
    """
    _each(cells, lambda cell: _check(cell.experiment, engines))
    tables, read = _Tables(), list[Corpora]()
    _each(cells, lambda cell: read.append(tables.of(cell.experiment)))
    return read


def _check(experiment: Experiment, engines: bool) -> None:
    check_experiment(experiment)
    if engines:
        experiment.engine.check()


def _each(cells: Sequence[Cell], check: Callable[[Cell], None]) -> None:
    mistakes: dict[str, list[str]] = {}
    kind: type[FedserError] = ConfigError
    for cell in cells:
        try:
            check(cell)
        except (ConfigError, InputError) as error:
            kind = type(error)
            for line in str(error).splitlines():
                mistakes.setdefault(line, []).append(cell.title)
    problems = Problems()
    problems.extend(told_once(mistakes, len(cells)))
    problems.raise_if_any(kind)


class _Tables:
    """The corpora's tables on this machine, each read once for all cells."""

    def __init__(self) -> None:
        self._read: dict[str, Corpus] = {}

    def of(self, experiment: Experiment) -> Corpora:
        context = Machine.of(experiment).context()

        def tables(reader: CorpusReader) -> Corpus:
            key = f"{context.data_root} {reader.model_dump_json()}"
            if key not in self._read:
                self._read[key] = reader.tables(context)
            return self._read[key]

        return read_corpora(experiment, tables)
