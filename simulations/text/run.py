"""Runs a text study: texts and vectors, trainings, explanations, tables, page; what is finished is kept."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from fedser.artifacts.files import value_hash
from fedser.artifacts.manifest import is_complete, stage, stage_key
from fedser.pool import run_all
from simulations.machine import Machine
from simulations.progress import Bars, bars
from simulations.text.corpora import check_study
from simulations.text.folder import OWN, StudyFolder
from simulations.text.inputs import write_vectors
from simulations.text.jobs import Task, jobs_of, run_explanations, run_training, seen_by, taught_to
from simulations.text.splits import Split
from simulations.text.study import TextStudy
from simulations.text.texts import Texts

_READ = ("seed", "task", "attribute", "values", "corpus", "unbiased", "cross", "splits", "encoder", "models")


def run_study(study: TextStudy, path: Path, workers: int | None = None) -> Path:
    """Run ``study`` in the folder ``path`` and return the page; raises FedserError, for bad input before any work."""
    from simulations.text.report import build_study_report
    from simulations.text.results import write_tables

    machine, folder = Machine.here(study.data_root, workers), StudyFolder(path)
    texts, splits = check_study(study, machine)
    folder.claim(study)
    with bars() as shown:
        _prepare(study, machine, folder, texts, splits, shown)
        jobs = jobs_of(study)
        tasks = [Task(path, machine.data_root, job) for job in jobs]
        _all(run_training, tasks, machine.workers, shown, "trainings")
        first = [task for task in tasks if task.job.rotation == task.job.beginning == 0]
        _all(run_explanations, first, machine.workers, shown, "explanations")
    write_tables(study, folder, machine.data_root)
    return build_study_report(path)


def _all(work, tasks: list[Task], workers: int, shown: Bars, name: str) -> None:  # type: ignore[no-untyped-def]
    bar, done = shown.bar(name), list[str]()
    bar(0, len(tasks))

    def finished(job: str) -> None:
        done.append(job)
        bar(len(done), len(tasks))

    run_all(work, tasks, workers, finished)


def _prepare(
    study: TextStudy, machine: Machine, folder: StudyFolder, texts: dict[str, Texts], splits: list[Split], shown: Bars
) -> None:
    """Keep the texts, the splits, and where the encoder is frozen the vector of every text that anyone will see."""
    frozen = study.training.tune == "head"
    config = study.dump(*_READ) | {"frozen": frozen}
    said = [[name, one.ids, one.texts, one.labels.tolist(), one.values.tolist()] for name, one in texts.items()]
    inputs = {"texts": value_hash(said), "encoder": study.encoder.version()}
    if is_complete(folder.texts, stage_key(config, inputs)):
        return
    shutil.rmtree(folder.texts, ignore_errors=True)
    with stage(folder.texts, "texts", config, inputs, study.seed):
        for name, one in texts.items():
            folder.write(name, one)
        folder.write_splits(splits)
        if frozen:
            every = [text for one in texts.values() for text in one.texts]
            every += _seen(study, machine.data_root, texts[OWN], splits)
            bar = shown.bar("vectors of texts")
            write_vectors(folder.texts, study.encoder, every, machine.cache, machine.workers, bar)


def _seen(study: TextStudy, root: Path, own: Texts, splits: list[Split]) -> Iterable[str]:
    """Every text that a model sees in other words."""
    for model in study.models:
        yield from seen_by(model, study, own).texts
        for split in splits:
            yield from taught_to(model, study, own.by(split.train).labelled(), root).texts.texts
