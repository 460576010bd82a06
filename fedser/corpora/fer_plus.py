"""FER+: the faces of FER2013, each labelled by ten taggers (Barsoum et al. 2016).

``data/FER2013Train/label.csv`` (no header: image, box, the votes) stands beside its images; ``fer2013new.csv`` has the
votes of all images of FER2013 (Goodfellow et al. 2013), with the part (``Usage``) that each belongs to.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Literal

import pandas as pd

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import by_stem, listed
from fedser.corpora.presence import TabledReader
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.sheets import SheetRelease
from fedser.corpora.table import empty_cells, numbers, read_table
from fedser.errors import InputError, Problems

EMOTIONS = MappingProxyType(
    {
        "neutral": "neutral",
        "happiness": "happy",
        "surprise": "surprised",
        "sadness": "sad",
        "anger": "angry",
        "disgust": "disgust",
        "fear": "fearful",
        "contempt": "contempt",
    }
)
"""What the taggers could choose, in the order of the tables, and our names."""

_LEFT_OUT = MappingProxyType({"unknown": "unknown", "NF": "no face"})
_CHOICES = (*EMOTIONS, *_LEFT_OUT)
_FOLDERS = MappingProxyType({"train": "FER2013Train", "dev": "FER2013Valid", "test": "FER2013Test"})
_USAGES = MappingProxyType({"Training": "train", "PublicTest": "dev", "PrivateTest": "test"})
_VOTES = {choice: f"votes_{EMOTIONS.get(choice, choice)}" for choice in _CHOICES}
_COLUMNS = ["utterance", "path", "speaker", "emotion", "split", *_VOTES.values()]
_RELEASE = SheetRelease(
    title="FER+",
    obtain="https://github.com/microsoft/FERPlus (the votes) and Kaggle's FER2013 challenge (the images)",
    signs=("fer2013new.csv", "data/FER2013*"),
)


class FerPlus(TabledReader):
    """FER+: faces found on the web, each a speaker of its own, 8 emotions by the majority of ten taggers."""

    source: ClassVar[str] = "Barsoum et al. 2016, Training Deep Networks for Facial Expression Recognition"
    name: Literal["fer_plus"] = "fer_plus"
    corpus: CorpusName = "fer_plus"
    path: str = "ferplus"
    """The folder that holds ``data/`` and ``fer2013new.csv``: absolute, or below the data root."""
    votes: Literal["folders", "whole"] = "folders"
    """Whose votes count: ``label.csv`` of each folder, which the authors' own training reads, or ``fer2013new.csv``.
    The two tables disagree about some of the images."""

    def survey(self, context: ReadContext) -> Corpus:
        """The faces with a majority, their ``split`` (train, dev, test), and the votes (``votes_happy``, ten columns).

        Nothing is known of the people, and pictures of one cannot be told from those of two: each face is a speaker.
        """
        root = _RELEASE.folder(context, self.path)
        table, dropped = _in_folders(root) if self.votes == "folders" else _in_whole(root)
        chosen = pd.Series([majority(row) for row in table[list(_CHOICES)].itertuples(index=False)], table.index)
        dropped |= {reason: int((chosen == choice).sum()) for choice, reason in _LEFT_OUT.items()}
        faces = table.assign(emotion=chosen.map(EMOTIONS), speaker=table["utterance"], path=_files(root, table))
        utterances = faces[chosen.isin(list(EMOTIONS))].rename(columns=_VOTES)[_COLUMNS].reset_index(drop=True)
        speakers = pd.DataFrame({"speaker": sorted(utterances["speaker"])})
        lost = {reason: count for reason, count in dropped.items() if count}
        return Corpus(self.corpus, utterances, speakers, lost, "image")


def majority(votes: Sequence[float]) -> str:
    """What the taggers chose, by the authors' rule: one vote alone does not count, and unknown where no choice has more
    than half of the votes that do. ``votes`` are in the order of the tables: the emotions, unknown, NF (no face).
    """
    counted = [count if count > 1 else 0 for count in votes]
    most = max(counted)
    return _CHOICES[counted.index(most)] if most > 0.5 * sum(counted) else "unknown"


def _in_folders(root: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """The votes that stand beside the images."""
    tables, problems = [], Problems()
    for split, folder in _FOLDERS.items():
        with problems.collect(InputError):
            csv = _RELEASE.file(root, f"data/{folder}/label.csv")
            table = _table(csv, {"utterance": "image"}, ("image", "box", *_CHOICES))
            tables.append(table.assign(split=split))
    problems.raise_if_any(InputError)
    return pd.concat(tables, ignore_index=True), {}


def _in_whole(root: Path) -> tuple[pd.DataFrame, dict[str, int]]:
    """The votes of all of FER2013; rows without an image, and those of one that was named before, are left out."""
    csv = _RELEASE.file(root, "fer2013new.csv")
    table = _table(csv, {"utterance": "Image name", "usage": "Usage"})
    strange = sorted(set(table["usage"]) - set(_USAGES))
    if strange:
        raise InputError(f"{csv}: unknown Usage {listed(strange)} (choose from {', '.join(_USAGES)})")
    named, again = table["utterance"] != "", table["utterance"].duplicated()
    dropped = {"no image": int((~named).sum()), "image named before": int((named & again).sum())}
    return table.assign(split=table["usage"].map(_USAGES))[named & ~again], dropped


def _table(csv: Path, wanted: Mapping[str, str], header: Sequence[str] = ()) -> pd.DataFrame:
    """The ``wanted`` columns of one of the tables, and its votes as whole numbers."""
    table, problems = read_table(csv, ",", dict(wanted) | {choice: choice for choice in _CHOICES}, header), Problems()
    problems.extend(empty_cells(csv, table, _CHOICES))
    votes = {choice: numbers(csv, table, choice, problems, whole=True) for choice in _CHOICES}
    problems.raise_if_any(InputError)
    names = table["utterance"].str.removesuffix(".png")
    return table.assign(utterance=names, **{choice: column.astype("int64") for choice, column in votes.items()})


def _files(root: Path, table: pd.DataFrame) -> list[str | None]:
    """The image of each row, None where it is missing."""
    found = {split: by_stem((root / "data" / folder).glob("*.png")) for split, folder in _FOLDERS.items()}
    images = (found[split].get(name) for split, name in zip(table["split"], table["utterance"], strict=True))
    return [None if image is None else str(image) for image in images]
