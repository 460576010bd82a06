"""Bench ``features``: what an utterance costs beside openSMILE alone, what a second core gives, and how memory grows.

Every side starts in a process of its own. openSMILE alone has the signals in memory, and is not asked to keep anything;
the pipeline reads files, hashes them, and leaves a memory-mapped matrix.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import Field

from fedser.corpora.corpus import Corpus
from fedser.errors import FedserError
from fedser.features.opensmile import OpenSmile, SetName
from simulations.bench.apart import apart
from simulations.bench.bench import Bench
from simulations.bench.features_data import write_waves
from simulations.bench.features_run import Alone, Cost, Extraction, extract, library, package
from simulations.bench.hardware import describe
from simulations.bench.measure import Measured, Trial, in_turns
from simulations.bench.ratios import Ratio, across, ratio
from simulations.bench.results import Results
from simulations.bench.sample import Quantity, Sample
from simulations.bench.setting import Numbers
from simulations.progress import Bars

T = TypeVar("T")
Rows = tuple[str, ...]

ONE, LIBRARY, PACKAGE = "one process", "openSMILE's C++", "opensmile.Smile"


class DifferenceError(FedserError):
    """Sides that do not give the same features, without which no ratio means anything."""

    exit_code = 1


class FeaturesBench(Bench):
    """Feature extraction: an utterance beside openSMILE alone, more processes, and memory over many utterances."""

    name: ClassVar[str] = "features"
    feature_set: SetName = "emobase"
    utterances: int = Field(2400, ge=1, description="that are extracted in one process and in several")
    seconds: float = Field(3.0, ge=0.1, description="of an utterance")
    alone: int = Field(300, ge=1, description="the first of them that openSMILE extracts alone")
    workers: int = Field(2, ge=2, description="processes")
    repetitions: int = Field(3, ge=1)
    many: Numbers = Field((1000, 10_000), description="utterances over which memory is measured")
    many_set: SetName = Field("IS09", description="a cheap one")
    many_seconds: float = Field(0.25, ge=0.1)
    seed: int = Field(1, ge=0)
    timeout: float = Field(1800, gt=0, description="seconds that one extraction may take")

    def measure(self, bars: Bars) -> Results:
        """Time all sides in turns; raises DifferenceError where they do not give the same bits."""
        machine = describe()
        with tempfile.TemporaryDirectory() as folder:
            corpus = write_waves(Path(folder), self.utterances, self.seconds, self.seed)
            samples = in_turns([self._trials(corpus)], self.repetitions, bars.bar("bench features"))
        told = bars.bar("bench features, memory")
        for done, number in enumerate(self.many):
            with tempfile.TemporaryDirectory() as folder:
                samples += in_turns([[self._large(number, Path(folder))]], 1, lambda *_: None)
            told(done + 1, len(self.many))
        about = (
            f"{self.feature_set} functionals of waves of {self.seconds:g} s at 16 kHz; {ONE}: the whole pipeline, from"
            f" files to a matrix, as with {self.workers} processes, whose start is counted; {LIBRARY}: the calls of its"
            f" library for each of {min(self.alone, self.utterances)} signals in memory. All gave the same bits."
        )
        return Results(self.name, about, self, machine, tuple(samples), tuple(self._ratios(samples)))

    @property
    def several(self) -> str:
        """The side of more than one process."""
        return f"{self.workers} processes"

    def _trials(self, corpus: Corpus) -> list[Trial]:
        extractor, count = OpenSmile(feature_set=self.feature_set), min(self.alone, self.utterances)
        case = _case(self.utterances, self.seconds, self.feature_set)
        reference: list[Rows] = []

        def trial(side: str, work: Callable[[T], Cost], job: T, shown: Callable[[Cost], Measured]) -> Trial:
            return Trial(side, case, partial(self._measured, side, work, job, shown, reference))

        def whole(workers: int) -> Extraction:
            return Extraction(extractor, corpus, workers)

        alone = Alone(extractor, corpus, count)
        return [
            trial(ONE, extract, whole(1), lambda cost: _wall(cost) | _each(cost, self.utterances)),
            trial(self.several, extract, whole(self.workers), _wall),
            trial(LIBRARY, library, alone, lambda cost: _each(cost, count)),
            trial(PACKAGE, package, alone, lambda cost: _each(cost, count)),
        ]

    def _large(self, number: int, folder: Path) -> Trial:
        corpus = write_waves(folder, number, self.many_seconds, self.seed)
        job = Extraction(OpenSmile(feature_set=self.many_set), corpus, 1)
        case = _case(number, self.many_seconds, self.many_set)
        return Trial(ONE, case, partial(self._measured, ONE, extract, job, _memory, []))

    def _measured(
        self, side: str, work: Callable[[T], Cost], job: T, shown: Callable[[Cost], Measured], reference: list[Rows]
    ) -> Measured:
        """In a process of its own; what the first side gives is the ``reference`` of the others."""
        cost = apart(f"bench features, {side}", work, job, self.timeout)
        reference[:] = reference or [cost.rows]
        shared = min(len(cost.rows), len(reference[0]))
        if cost.rows[:shared] != reference[0][:shared]:
            raise DifferenceError(f"bench features, {side}: other features than those of {ONE}")
        return shown(cost)

    def _ratios(self, samples: Sequence[Sample]) -> Iterator[Ratio]:
        yield from ratio(samples, ONE, self.several, "extraction")
        for other in (LIBRARY, PACKAGE):
            yield from ratio(samples, ONE, other, "utterance")
        cases = [_case(number, self.many_seconds, self.many_set) for number in self.many]
        for more, fewer in zip(cases[1:], cases, strict=False):
            yield from across(samples, more, fewer, "peak memory", "own memory")


def _case(utterances: int, seconds: float, feature_set: str) -> str:
    return f"{utterances:,} of {seconds:g} s, {feature_set}"


def _wall(cost: Cost) -> dict[Quantity, list[float]]:
    return {"extraction": [cost.wall]}


def _each(cost: Cost, utterances: int) -> dict[Quantity, list[float]]:
    return {"utterance": [cost.cpu / utterances]}


def _memory(cost: Cost) -> Measured:
    return {"peak memory": [cost.peak_memory], "own memory": [cost.own_memory]}
