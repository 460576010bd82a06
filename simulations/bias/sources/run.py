"""A run of the platform: what its private trainings' models say of the speakers whom each was not trained on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from fedser.artifacts.files import file_hash
from fedser.errors import InputError, Problems
from fedser.metrics.recall import Floats
from simulations.bias.sources.source import Raw, Source, chosen

if TYPE_CHECKING:
    from simulations.experiment import Experiment
    from simulations.run_folder import RunFolder
    from simulations.stages.prepared import Prepared


class Run(Source):
    """A finished run of `fedser run`: every private utterance, as the model that did not hear its speaker has it."""

    source: ClassVar[str] = "the platform's own held-out predictions"
    name: Literal["run"] = "run"
    folder: str = Field(description="the run's folder")

    def read(self, groups: Sequence[str], data_root: Path) -> Raw:
        """As of every source; subjects are persons, and groups columns of the speakers' table."""
        from simulations.run_folder import RunFolder
        from simulations.stages.prepared import Prepared

        folder = RunFolder(Path(self.folder))
        experiment, data = folder.experiment(), Prepared(folder.role("private"))
        self._refuse_unfinished(folder)
        self._refuse_unknown(groups, list(data.speakers.columns))
        parts = list(_tested(experiment, folder, data))
        if not sum(len(rows) for rows, _ in parts):
            raise InputError(f"{self.folder}: no speaker is held out of a training, so that no prediction is fair")
        rows = pd.concat([rows for rows, _ in parts], ignore_index=True)
        rows = rows.join(data.speakers.set_index("speaker")[list(groups)], on="speaker")
        rows["subject"] = rows.pop("speaker").map(data.persons)
        rows.index += 1
        return Raw(self.folder, "row", rows, experiment.task.classes, np.concatenate([scores for _, scores in parts]))

    def inputs(self, data_root: Path) -> Mapping[str, str]:
        """The hashes of the run's experiment, features, labels, and trained models."""
        folder = Path(self.folder)
        files = [folder / "experiment.json", *sorted(folder.glob("features/private/[xy].npy"))]
        files += sorted(folder.glob("simulate/private-*/state.safetensors"))
        return {str(file.relative_to(folder)): file_hash(file) for file in files}

    def _refuse_unfinished(self, folder: "RunFolder") -> None:
        if not (folder.role("private") / "utterances.csv").is_file():
            raise InputError(f"{self.folder}: this run has no features yet; `fedser run` goes on with it")

    def _refuse_unknown(self, groups: Sequence[str], columns: Sequence[str]) -> None:
        known = [column for column in columns if column not in ("speaker", "person")]
        problems = Problems()
        for group in groups:
            if group not in known:
                problems.add(self.folder, f"no speaker attribute {group!r} (choose from {', '.join(known)})")
        problems.raise_if_any(InputError)


def _tested(experiment: "Experiment", folder: "RunFolder", data: "Prepared") -> Iterator[tuple[pd.DataFrame, Floats]]:
    """Of each private training: its test rows, and their probabilities [rows, classes]."""
    from fedser.engine.predicted import held_out_probabilities
    from simulations.stages.finished import finished_state

    trainings, classes = experiment.trainings_of("private"), experiment.task.classes
    several = len(trainings) > len(data.folds)
    for number, training in enumerate(trainings):
        opened = data.data(number % len(data.folds)).open()
        scores = held_out_probabilities(
            experiment.simulation(training), opened, finished_state(folder, training).best
        ).astype(np.float64)
        test = opened.partition.test
        rows = data.utterances.iloc[test][["utterance", "speaker", "emotion"]].reset_index(drop=True)
        rows.columns = pd.Index(["id", "speaker", "true"])
        if several:
            rows["id"] = f"{training}/" + rows["id"]
        yield rows.assign(predicted=chosen(scores, classes)), scores
