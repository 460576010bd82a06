"""What was left out of the corpora, and why: utterances of other emotions by number, bad audio by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from fedser.artifacts.files import write_text
from fedser.corpora import Corpus
from fedser.features.feature_set import FeatureSet
from simulations.experiment import Role

DROPPED = "dropped.csv"
BAD_AUDIO = "bad audio"
_COLUMNS = ["role", "corpus", "reason", "utterances", "utterance", "detail"]


def write_dropped(folder: Path, extracted: Mapping[Role, Sequence[tuple[Corpus, FeatureSet]]]) -> None:
    """Write ``dropped.csv``: one row per reason and corpus, and one per utterance whose audio is bad."""
    rows = [
        (role, corpus.name, *row)
        for role, parts in extracted.items()
        for corpus, features in parts
        for row in _rows(corpus, features)
    ]
    write_text(folder / DROPPED, pd.DataFrame(rows, columns=_COLUMNS).to_csv(index=False))


def _rows(corpus: Corpus, features: FeatureSet) -> list[tuple[str, int, str, str]]:
    others = [(reason, count, "", "") for reason, count in corpus.dropped.items() if reason != BAD_AUDIO]
    return others + [(BAD_AUDIO, 1, utterance, why) for utterance, why in features.dropped.items()]
