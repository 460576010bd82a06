"""The corpora of a text study, read and checked before any work: all mistakes of all of them at once."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from fedser.corpora import Corpus, CorpusReader, refuse_overlap
from fedser.errors import FedserError, InputError, Problems
from simulations.machine import Machine
from simulations.text.folder import OWN, UNBIASED
from simulations.text.splits import Split
from simulations.text.study import TextStudy
from simulations.text.task import CLASSES, UNKNOWN
from simulations.text.texts import Texts


def check_study(study: TextStudy, machine: Machine) -> tuple[dict[str, Texts], list[Split]]:
    """Every corpus's texts by the name they are kept under, and the split of each rotation.

    Raises InputError with all mistakes: what is missing of corpora, encoder, lexicons and word lists, says what to get.
    """
    problems = Problems()
    with problems.collect(FedserError):
        study.encoder.check()
    for model in study.models:
        with problems.collect(InputError):
            model.check(machine.data_root)
    for words in study.lexicons.attribute:
        with problems.collect(InputError):
            words.entries(machine.data_root)
    with problems.collect(InputError):
        study.lexicons.meaning.bins(study.task.dimension, machine.data_root)
    corpora: dict[str, Corpus] = {}
    for name, reader in readers(study).items():
        with problems.collect(InputError):
            corpora[name] = reader.read(machine.context())
    problems.raise_if_any(InputError)
    return _texts(study, corpora), study.splits.of(corpora[OWN].speakers, study.attribute, study.stream("splits"))


def readers(study: TextStudy) -> Mapping[str, CorpusReader]:
    """The reader of each corpus, by the name under which its texts are kept."""
    unbiased = {UNBIASED: study.unbiased} if study.unbiased else {}
    return {OWN: study.corpus} | unbiased | {f"cross-{reader.corpus}": reader for reader in study.cross}


def _texts(study: TextStudy, corpora: Mapping[str, Corpus]) -> dict[str, Texts]:
    problems, found = Problems(), dict[str, Texts]()
    if study.attribute not in (known := corpora[OWN].attributes):
        told = f"no speaker attribute {study.attribute!r} (choose from {', '.join(known) or 'none'})"
        problems.add(f"corpus {corpora[OWN].name}", told)
    for name, corpus in corpora.items():
        with problems.collect(InputError):
            kind = readers(study)[name].name  # type: ignore[attr-defined]  # every plugin has a name
            texts = Texts.read(corpus, kind, study.task, study.attribute, study.values)
            found[name] = texts if name == OWN or study.most is None else _fewer(texts, study.most, study)
            problems.extend(_lacks(study, name, found[name]))
    for name in corpora:
        if name not in (OWN, UNBIASED):
            with problems.collect(InputError):
                refuse_overlap(corpora[OWN], [corpora[name]])
    problems.raise_if_any(InputError)
    return found


def _fewer(texts: Texts, most: int, study: TextStudy) -> Texts:
    """The texts of drawn speakers, as many as have no more than ``most`` in all; one speaker at least."""
    times = Counter(texts.speakers)
    drawn = study.stream("most", texts.corpus).numpy().permutation(sorted(times)).tolist()
    fit = int(np.searchsorted(np.cumsum([times[name] for name in drawn]), most, side="right"))
    return texts.by(drawn[: max(1, fit)])


def _lacks(study: TextStudy, name: str, texts: Texts) -> list[str]:
    """What a corpus has not, but needs for what it is there for."""
    there = set(texts.labels.tolist()) - {UNKNOWN}
    told = f"corpus {texts.corpus}: nothing says the {study.task.dimension} of its utterances"
    if name in (OWN, UNBIASED) and len(there) < len(CLASSES):
        missing = ", ".join(word for number, word in enumerate(CLASSES) if number not in there)
        return [f"{told}: no utterance is {missing}" if there else told]
    if name == OWN and len(set(texts.values.tolist()) - {UNKNOWN}) < len(study.values):
        return [f"corpus {texts.corpus}: no speaker's {study.attribute} is one of {', '.join(study.values)}"]
    if not there and not np.any(texts.values != UNKNOWN):
        return [f"{told}, and nothing the {study.attribute} of its speakers: there is nothing to test"]
    return []
