"""The work of a study in parts that processes share: a training with all that it is asked, and its explanations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors.torch import load_file, save_file

from fedser.artifacts.files import write_atomic, write_json
from fedser.artifacts.manifest import key_in, once
from fedser.devices import one_thread
from fedser.metrics.recall import Floats, confusion, uar
from fedser.seeds import Stream
from simulations.text.explaining import explained, labels_known, sampled
from simulations.text.folder import OWN, UNBIASED, StudyFolder
from simulations.text.inputs import Tokens, Vectors, fresh_encoder, read_vectors
from simulations.text.leakage import Embedded, read_leakage
from simulations.text.models import Taught, TextModel
from simulations.text.splits import Split
from simulations.text.study import TextStudy
from simulations.text.task import CLASSES, UNKNOWN
from simulations.text.texts import Texts
from simulations.text.training import Network, Part, train

STATE, RESULTS, EXPLANATIONS = "state.safetensors", "results.json", "explanations.json"
_TRAINED = ("seed", "task", "attribute", "values", "encoder", "training", "leakage")


class Job(NamedTuple):
    """One training: which of the study's models, in which rotation, from which beginning."""

    model: int
    rotation: int
    beginning: int

    def name(self, study: TextStudy) -> str:
        """Its name in the folder."""
        label = study.models[self.model].label.replace(" ", "-")
        return f"{label}-{self.rotation}-{self.beginning}"


@dataclass(frozen=True)
class Task:
    """A job in a folder, as it travels to a process."""

    folder: Path
    data_root: Path
    job: Job


def jobs_of(study: TextStudy) -> list[Job]:
    """Every training of a study."""
    return [
        Job(model, rotation, beginning)
        for model in range(len(study.models))
        for rotation in range(study.splits.rotations)
        for beginning in range(study.seeds)
    ]


def run_training(task: Task) -> str:
    """Train and ask, unless this is done; returns the job's name."""
    folder = StudyFolder(task.folder)
    study = folder.study()
    name = task.job.name(study)
    config = (
        study.dump(*_TRAINED) | {"model": study.models[task.job.model].model_dump(mode="json")} | task.job._asdict()
    )
    with one_thread():
        once(
            folder.training(name),
            "training",
            config,
            {"texts": key_in(folder.texts)},
            study.seed,
            partial(_train, task, folder, study),
        )
    return name


def run_explanations(task: Task) -> str:
    """Explain, unless this is done; returns the job's name."""
    folder = StudyFolder(task.folder)
    study = folder.study()
    name = task.job.name(study)
    config = study.explain.model_dump(mode="json", exclude={"threshold", "shown"})
    inputs = {"training": key_in(folder.training(name))}
    with one_thread():
        once(
            folder.explanations(name),
            "explanations",
            config,
            inputs,
            study.seed,
            partial(_explain, task, folder, study),
        )
    return name


def seen_by(model: TextModel, study: TextStudy, texts: Texts) -> Texts:
    """What ``model`` comes to see of texts of the study's own corpus; the same in every training."""
    return model.seen(texts, study.stream("seen"))


def taught_to(model: TextModel, study: TextStudy, texts: Texts, data_root: Path) -> Taught:
    """What ``model`` is trained on; the same in every training of a rotation."""
    return model.taught(texts, data_root, study.stream("seen"))


def _train(task: Task, folder: StudyFolder, study: TextStudy) -> None:
    model, split = study.models[task.job.model], folder.splits()[task.job.rotation]
    own, make = folder.read(OWN), _Maker(study, folder)
    taught = taught_to(model, study, own.by(split.train).labelled(), task.data_root)
    validation = seen_by(model, study, own.by(split.validation).labelled())
    stream = study.stream("training", task.job.rotation, task.job.beginning)
    network = make.network(stream("heads"))
    history = []
    if model.needs_unbiased:
        first = make.parts(*_tenth(folder.read(UNBIASED).labelled(), study.stream("unbiased")))
        history += [("unbiased", row) for row in train(network, model, study.training, *first, stream("unbiased"))]
    parts = make.parts(taught.texts, validation)
    history += [("own", row) for row in train(network, model, study.training, *parts, stream("own"))]
    place = folder.training(task.job.name(study))
    write_atomic(place / STATE, lambda part: save_file(network.state(), part))
    results = _asked(study, folder, model, make, network, split)
    results |= {
        "history": [{"corpus": corpus} | row for corpus, row in history],
        "swapped": [[*pair, times] for pair, times in taught.swapped.most_common()],
        "changed": taught.changed,
        "trained_on": len(taught.texts),
    }
    write_json(place / RESULTS, results)


def _asked(
    study: TextStudy, folder: StudyFolder, model: TextModel, make: "_Maker", network: Network, split: Split
) -> dict[str, Any]:
    """How well the task is done on test speakers and other corpora, and what the embeddings tell of the attribute."""
    own = folder.read(OWN)
    taught, test = (
        seen_by(model, study, own.by(speakers)) for speakers in ((*split.train, *split.validation), split.test)
    )
    said = {name: network.said(make.part(texts)) for name, texts in (("taught", taught), ("test", test))}
    rows, cross = [_task_row(test, said["test"][0])], dict[str, Embedded]()
    for reader in study.cross:
        texts = folder.read(f"cross-{reader.corpus}")
        probabilities, embedded = network.said(make.part(texts))
        cross[texts.corpus] = (texts, embedded)
        rows.append(_task_row(texts, probabilities))
    found = read_leakage(study, (taught, said["taught"][1]), (test, said["test"][1]), cross, study.stream("leakage"))
    return {"task": [row for row in rows if row], "leakage": list(found)}


def _task_row(texts: Texts, probabilities: Floats) -> dict[str, Any]:
    """The UAR over the classes that a corpus has; nothing where it has none."""
    known = np.flatnonzero(texts.labels != UNKNOWN)
    if not len(known):
        return {}
    counts = confusion(texts.labels[known], probabilities[known].argmax(axis=1), len(CLASSES))
    classes = int(np.count_nonzero(counts.sum(axis=1)))
    return {
        "corpus": texts.corpus,
        "uar": uar(counts),
        "n": len(known),
        "classes": classes,
        "confusion": counts.tolist(),
    }


def _explain(task: Task, folder: StudyFolder, study: TextStudy) -> None:
    model, split = study.models[task.job.model], folder.splits()[task.job.rotation]
    network = _Maker(study, folder).network(study.stream("explained"))
    network.restore(load_file(folder.training(task.job.name(study)) / STATE))
    own = folder.read(OWN).by(split.test)
    known = labels_known(own)
    chosen = set(known.of(sampled(known, study.explain.per_cell, study.stream("explained"))).ids)
    seen = seen_by(model, study, own)
    texts = seen.of(np.flatnonzero([one in chosen for one in seen.ids]))
    found = explained(study, network, texts, lambda done, total: None)
    write_json(folder.explanations(task.job.name(study)) / EXPLANATIONS, found)


class _Maker:
    """Makes networks, and what they are given of texts."""

    def __init__(self, study: TextStudy, folder: StudyFolder) -> None:
        self._study = study
        self._frozen = study.training.tune == "head"
        self._vectors = read_vectors(folder.texts) if self._frozen else None

    def network(self, stream: Stream) -> Network:
        """A network with new heads."""
        config = self._study.encoder
        dims = config.dims(config.checkpoint())
        return Network.begun(fresh_encoder(config), dims, self._study.training, stream)

    def part(self, texts: Texts) -> Part:
        """Texts with their inputs."""
        if self._vectors is None:
            return Part(texts, Tokens(self._study.encoder, texts.texts))
        return Part(texts, Vectors(*self._vectors, texts.texts))

    def parts(self, first: Texts, second: Texts) -> tuple[Part, Part]:
        """Those of two, to train on and to validate on."""
        return self.part(first), self.part(second)


def _tenth(texts: Texts, stream: Stream) -> tuple[Texts, Texts]:
    """The texts of nine tenths of the speakers, and of the others, to validate on."""
    speakers = stream.numpy().permutation(sorted(set(texts.speakers))).tolist()
    held = speakers[: max(1, len(speakers) // 10)]
    return texts.by(speakers[len(held) :]), texts.by(held)


def results_of(folder: StudyFolder, study: TextStudy) -> Mapping[Job, dict[str, Any]]:
    """What every training has been asked."""
    return {
        job: json.loads((folder.training(job.name(study)) / RESULTS).read_text(encoding="utf-8"))
        for job in jobs_of(study)
    }
