"""What was left out of the corpora, and why: utterances of other emotions by number, bad audio or text by name."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from fedser.artifacts.files import write_text
from fedser.corpora import Corpus
from fedser.features.extractor import Wanted
from fedser.features.feature_set import FeatureSet
from simulations.experiment import Role

DROPPED = "dropped.csv"
_COLUMNS = ["role", "corpus", "reason", "utterances", "utterance", "detail"]


def bad(wants: Wanted) -> str:
    """The reason under which utterances are left out that gave no features."""
    return f"bad {wants}"


def write_dropped(folder: Path, extracted: Mapping[Role, Sequence[tuple[Corpus, FeatureSet]]], reason: str) -> None:
    """Write ``dropped.csv``: one row per reason and corpus, and one per utterance without features, for ``reason``."""
    rows = [
        (role, corpus.name, *row)
        for role, parts in extracted.items()
        for corpus, features in parts
        for row in _rows(corpus, features, reason)
    ]
    write_text(folder / DROPPED, pd.DataFrame(rows, columns=_COLUMNS).to_csv(index=False))


def _rows(corpus: Corpus, features: FeatureSet, reason: str) -> list[tuple[str, int, str, str]]:
    others = [(other, count, "", "") for other, count in corpus.dropped.items() if other != reason]
    return others + [(reason, 1, utterance, why) for utterance, why in features.dropped.items()]
