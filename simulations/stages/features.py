"""The features stage: features are extracted, normalised, and divided among clients."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fedser.artifacts.files import value_hash, write_text
from fedser.artifacts.manifest import is_complete, stage, stage_key
from fedser.corpora import Corpus, join
from fedser.errors import InputError, Problems
from fedser.features.content import contents_of
from fedser.features.extract import extract_features
from fedser.features.extractor import Wanted
from fedser.features.feature_set import FeatureSet
from fedser.partition.normalise import normalise, scope_groups
from simulations.corpora import Corpora, attribute_values, clients_of, folds_of
from simulations.experiment import Experiment, Role
from simulations.machine import Machine
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.stages.dropped import DROPPED, bad, write_dropped
from simulations.stages.prepared import Prepared, write_prepared

_FIELDS = ("seed", "attribute", "unknown_attribute", "corpora", "features", "partition", "task")


def prepare(
    experiment: Experiment, machine: Machine, folder: RunFolder, corpora: Corpora, bars: Bars
) -> dict[Role, Prepared]:
    """Extract and divide, unless this was done for the same config, the same audio or text, and the same weights."""
    config = experiment.dump(*_FIELDS)
    inputs = {
        corpus.name: _fingerprint(corpus, experiment.features.wants, machine)
        for group in corpora.values()
        for corpus in group
    } | {f"features {experiment.features.name}": experiment.features.version()}
    if not is_complete(folder.features, stage_key(config, inputs)):
        shutil.rmtree(folder.features, ignore_errors=True)
        with stage(folder.features, "features", config, inputs, experiment.seed):
            extracted = _extract(experiment, machine, corpora, bars)
            write_dropped(folder.features, extracted, bad(experiment.features.wants))
            for role, parts in extracted.items():
                joined = join([corpus for corpus, _ in parts])
                found = [features for _, features in parts]
                _divide(experiment, folder.role(role), role, joined, found, attribute_values(experiment, corpora))
    prepared = {role: Prepared(folder.role(role)) for role in corpora}
    write_text(folder.path / "corpora.csv", _balance(experiment, prepared).to_csv(index=False))
    write_text(folder.path / DROPPED, (folder.features / DROPPED).read_text(encoding="utf-8"))
    return prepared


def _fingerprint(corpus: Corpus, wants: Wanted, machine: Machine) -> str:
    """A hash of the tables and of the content of all that is described."""
    contents = contents_of(corpus, wants, machine.cache, machine.workers)
    tables = (corpus.utterances.drop(columns="path", errors="ignore"), corpus.speakers)
    return value_hash([contents.keys, contents.failed, *(table.to_csv(index=False) for table in tables)])


def _extract(
    experiment: Experiment, machine: Machine, corpora: Corpora, bars: Bars
) -> dict[Role, list[tuple[Corpus, FeatureSet]]]:
    """The features of every corpus, and the corpus without what gave none; bad input of all corpora at once."""
    extractor, problems = experiment.features, Problems()
    extracted: dict[Role, list[tuple[Corpus, FeatureSet]]] = {role: [] for role in corpora}
    for role, group in corpora.items():
        for corpus in group:
            with problems.collect(InputError):
                bar = bars.bar(f"features {corpus.name}")
                found = extract_features(extractor, corpus, machine.cache, machine.workers, extractor.on_bad_input, bar)
                extracted[role].append((corpus.only(found.keep(corpus.utterances), bad(extractor.wants)), found))
    problems.raise_if_any(InputError)
    return extracted


def _divide(
    experiment: Experiment, folder: Path, role: Role, corpus: Corpus, found: Sequence[FeatureSet], values: Sequence[str]
) -> None:
    """Clients, folds and normalised features of one role, whose corpora have the features ``found``."""
    clients = clients_of(experiment, role, corpus)
    holder = pd.Series(0, index=corpus.utterances.index)
    for part in (clients.train, clients.validation):
        holder.iloc[part.rows] = part.owners
    classes = {name: index for index, name in enumerate(experiment.task.classes)}
    value = corpus.speakers.set_index("speaker")[experiment.attribute.column].map(values.index)
    offsets = _offsets(found)
    groups = scope_groups(experiment.partition.normalise, corpus.utterances, holder)
    if groups is not None and offsets is not None:
        groups = groups.repeat(np.diff(offsets))  # a frame is of its utterance's group
    write_prepared(
        folder,
        x=normalise(np.concatenate([features.rows for features in found]), groups),
        offsets=offsets,
        y=corpus.utterances["emotion"].map(classes).to_numpy(np.int64),
        attributes=corpus.utterances["speaker"].map(value).to_numpy(np.int64),
        utterances=corpus.utterances,
        speakers=corpus.speakers,
        clients=clients,
        folds=folds_of(experiment, role, corpus),
    )


def _offsets(found: Sequence[FeatureSet]) -> np.ndarray | None:
    """Where each utterance of all corpora begins among all frames; None where an utterance is one vector."""
    lengths = [np.diff(features.offsets) for features in found if features.offsets is not None]
    return np.concatenate([[0], *lengths]).cumsum() if lengths else None


def _balance(experiment: Experiment, prepared: dict[Role, Prepared]) -> pd.DataFrame:
    """Tidy counts of utterances and speakers per corpus, by class and by value of the attribute."""
    rows = []
    for role, data in prepared.items():
        table = data.utterances.merge(data.speakers.drop(columns="corpus", errors="ignore"), on="speaker")
        for kind, column in (("class", "emotion"), ("attribute", experiment.attribute.column)):
            for (corpus, value), group in table.groupby(["corpus", column], sort=True):
                labels = {"role": role, "corpus": corpus, "kind": kind, "value": value}
                rows.append(labels | {"count_utterances": len(group), "count_speakers": group["speaker"].nunique()})
    return pd.DataFrame(rows)
