"""The features stage: corpora are read and checked, features extracted, normalised, and divided among clients."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.artifacts.files import value_hash, write_text
from fedser.artifacts.manifest import is_complete, read_manifest, stage, stage_key
from fedser.corpora import Corpus, CorpusReader, ReadContext, join, refuse_overlap, require_attribute
from fedser.errors import FedserError, InputError, Problems
from fedser.features.extract import extract_features
from fedser.features.feature_set import FeatureSet
from fedser.partition.normalise import normalise, scope_groups
from simulations.experiment import Experiment, Role
from simulations.machine import Machine
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.stages.prepared import Prepared, write_prepared

_FIELDS = ("seed", "attribute", "corpora", "features", "partition", "task")


def prepare(experiment: Experiment, machine: Machine, folder: RunFolder, bars: Bars) -> dict[Role, Prepared]:
    """Read, check, extract and divide, unless this was done for the same config and the same audio files."""
    corpora = _read(experiment, machine, bars)
    config = experiment.dump(*_FIELDS)
    inputs = {corpus.name: _fingerprint(corpus) for group in corpora.values() for corpus in group}
    if not is_complete(folder.features, stage_key(config, inputs)):
        manifest = read_manifest(folder.features)
        if manifest is not None:
            shutil.rmtree(folder.features)
        with stage(folder.features, "features", config, inputs, experiment.seed):
            for role, group in corpora.items():
                _prepare_role(experiment, machine, folder.role(role), role, group, bars)
    prepared = {role: Prepared(folder.role(role)) for role in corpora}
    write_text(folder.path / "corpora.csv", _balance(experiment, prepared).to_csv(index=False))
    return prepared


def _read(experiment: Experiment, machine: Machine, bars: Bars) -> dict[Role, list[Corpus]]:
    """Every corpus of the experiment, restricted to the task's classes and checked; all mistakes at once."""
    readers: dict[Role, tuple[CorpusReader, ...]] = {"private": (experiment.corpora.private,)}
    if experiment.corpora.shadow:
        readers["shadow"] = experiment.corpora.shadow
    problems, corpora = Problems(), dict[Role, list[Corpus]]()
    for role, group in readers.items():
        corpora[role] = []
        for reader in group:
            try:
                corpora[role].append(_read_one(experiment, machine, reader, bars))
            except FedserError as error:
                problems.extend([str(error)])
    problems.raise_if_any(InputError)
    private, shadow = corpora["private"][0], corpora.get("shadow", [])
    refuse_overlap(private, shadow)
    require_attribute(private, shadow, experiment.attribute)
    return corpora


def _read_one(experiment: Experiment, machine: Machine, reader: CorpusReader, bars: Bars) -> Corpus:
    context = ReadContext(machine.data_root, machine.cache, bars.bar(f"read {reader.corpus}"), machine.workers)
    return reader.read(context).with_labels(experiment.task.classes)


def _fingerprint(corpus: Corpus) -> str:
    """A hash of the tables, and of every audio file's name, size and time of change."""
    files = [(path.name, (found := path.stat()).st_size, found.st_mtime_ns) for path in corpus.paths]
    tables = (corpus.utterances.drop(columns="path"), corpus.speakers)
    return value_hash([files, *(table.to_csv(index=False) for table in tables)])


def _prepare_role(
    experiment: Experiment, machine: Machine, folder: Path, role: Role, corpora: list[Corpus], bars: Bars
) -> None:
    extractor = experiment.features
    parts: list[tuple[Corpus, FeatureSet]] = []
    for corpus in corpora:
        bar = bars.bar(f"features {corpus.name}")
        found = extract_features(extractor, corpus, machine.cache, machine.workers, extractor.on_bad_audio, bar)
        parts.append((corpus.only(found.keep(corpus.utterances), "bad audio"), found))
    joined = join([corpus for corpus, _ in parts])
    _divide(experiment, folder, role, joined, np.concatenate([found.matrix for _, found in parts]))


def _divide(experiment: Experiment, folder: Path, role: Role, corpus: Corpus, matrix: np.ndarray) -> None:
    """Clients, folds and normalised features of one role."""
    stream, partition = experiment.stream("partition", role), experiment.partition
    clients = partition.clients(corpus.utterances, stream("clients"))
    holder = pd.Series("", index=corpus.utterances.index)
    for name, rows in clients.items():
        holder.iloc[[*rows.train, *rows.validation]] = name
    classes = experiment.task.classes
    write_prepared(
        folder,
        x=normalise(matrix, scope_groups(partition.normalise, corpus.utterances, holder)),
        y=corpus.utterances["emotion"].map({name: index for index, name in enumerate(classes)}).to_numpy(np.int64),
        utterances=corpus.utterances,
        speakers=corpus.speakers,
        clients=clients,
        folds=partition.folds.of(corpus.speakers, experiment.attribute, stream("folds")),
    )


def _balance(experiment: Experiment, prepared: dict[Role, Prepared]) -> pd.DataFrame:
    """Tidy counts of utterances and speakers per corpus, by class and by value of the attribute."""
    rows = []
    for role, data in prepared.items():
        table = data.utterances.merge(data.speakers.drop(columns="corpus", errors="ignore"), on="speaker")
        for kind, column in (("class", "emotion"), ("attribute", experiment.attribute)):
            for (corpus, value), group in table.groupby(["corpus", column], sort=True):
                labels = {"role": role, "corpus": corpus, "kind": kind, "value": value}
                rows.append(labels | {"count_utterances": len(group), "count_speakers": group["speaker"].nunique()})
    return pd.DataFrame(rows)
