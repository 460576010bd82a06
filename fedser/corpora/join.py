"""Several corpora as one, as when shadow models are trained on all of them together."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from fedser.corpora.corpus import UTTERANCE_COLUMNS, Corpus
from fedser.errors import InputError


def join(corpora: Sequence[Corpus]) -> Corpus:
    """One corpus of all utterances and speakers, in the given order.

    Ids of utterances and speakers are prefixed by their corpus (``emodb/03``), which also stands in the column
    ``corpus`` of both tables; so are those of persons, where one of the corpora tells them from its speakers (in the
    others each speaker is one). Other columns that not all corpora have are left out. Raises InputError when two
    corpora bear one name, and for audio beside images.
    """
    names = [corpus.name for corpus in corpora]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"corpora of one name: {', '.join(twice)}; set `corpus` to tell them apart")
    if len({corpus.media for corpus in corpora}) > 1:
        raise InputError(f"corpora of audio and of images cannot be one: {', '.join(names)}")
    persons = any("person" in corpus.speakers for corpus in corpora)
    prefixed = [_prefixed(corpus, persons) for corpus in corpora]
    utterances = pd.concat([each.utterances for each in prefixed], join="inner", ignore_index=True)
    speakers = pd.concat([each.speakers for each in prefixed], join="inner", ignore_index=True)
    dropped = {f"{each.name}/{reason}": count for each in corpora for reason, count in each.dropped.items()}
    return Corpus("+".join(names), utterances, speakers, dropped, corpora[0].media)


def _prefixed(corpus: Corpus, persons: bool) -> Corpus:
    prefix = f"{corpus.name}/"
    ids = {column: prefix + corpus.utterances[column].astype(str) for column in ("utterance", "speaker")}
    first = [column for column in UTTERANCE_COLUMNS if column in corpus.utterances.columns]
    others = [column for column in corpus.utterances.columns if column not in first]
    utterances = corpus.utterances[[*first, *others]].assign(**ids, corpus=corpus.name)
    who = {"speaker": prefix + corpus.speakers["speaker"].astype(str)}
    if persons:
        who["person"] = prefix + corpus.speakers.get("person", corpus.speakers["speaker"]).astype(str)
    attributes = corpus.speakers.drop(columns=list(who), errors="ignore")
    speakers = pd.DataFrame(who).join(attributes).assign(corpus=corpus.name)
    return replace(corpus, utterances=utterances, speakers=speakers)
