"""Rated corpora with transcripts: labels say what was felt, transcripts what was said, audio files how.

Such a corpus is read as speech, with the transcripts beside where there are any, or as its text alone.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from fedser.corpora.corpus import UTTERANCE_COLUMNS, Corpus
from fedser.corpora.layout import below, by_stem, is_audio
from fedser.errors import InputError

NO_TRANSCRIPT = "no transcript"
"""The reason under which a corpus of text alone counts the utterances whose words are not known."""
NOT_EVALUATED = "not evaluated"
"""The reason under which audio files of utterances without a label are counted."""


def spoken(name: str, labels: pd.DataFrame, audio: Iterable[Path], texts: Mapping[str, str] | None) -> Corpus:
    """The corpus of ``labels`` with a ``path`` to each utterance's file among ``audio``, empty where it is missing.

    ``labels`` are utterances, with a column ``gender`` (their speaker's). ``texts`` gives transcripts by utterance: the
    ``text``, empty where there is none; without ``texts`` there is no such column.
    """
    files = by_stem(file for file in audio if is_audio(file))
    paths = [str(files[utterance]) if utterance in files else None for utterance in labels["utterance"]]
    table = labels.assign(path=pd.Series(paths, dtype="str"))
    strange = len(files.keys() - set(labels["utterance"]))
    dropped = {NOT_EVALUATED: strange} if strange else {}
    return _corpus(name, table if texts is None else _with_text(table, texts), dropped)


def written(name: str, labels: pd.DataFrame, texts: Mapping[str, str]) -> Corpus:
    """The corpus of ``labels`` as text alone: utterances without a transcript are left out and counted."""
    table = _with_text(labels, texts)
    return _corpus(name, table, {}).only(table["text"].notna(), NO_TRANSCRIPT)


def read_text(path: Path) -> str:
    """What ``path`` holds, in UTF-8, or in Windows-1252 as older releases have it; InputError where it is neither."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError as error:
            reason = f"{error.reason} at byte {error.start}"
            raise InputError(f"{path}: neither UTF-8 nor Windows-1252 text ({reason})") from error


def read_texts(place: Path) -> dict[str, str]:
    """What the text files below ``place`` hold, by their names without suffix; InputError where two bear one name."""
    files = by_stem(path for path in below(place) if path.suffix.lower() == ".txt" and not path.name.startswith("."))
    return {name: read_text(path) for name, path in files.items()}


def _with_text(labels: pd.DataFrame, texts: Mapping[str, str]) -> pd.DataFrame:
    """``labels`` with what was said; a line's end is a blank, and a transcript of blanks alone is none."""
    said = [" ".join(texts.get(utterance, "").split()) or None for utterance in labels["utterance"]]
    return labels.assign(text=pd.Series(said, dtype="str"))


def _corpus(name: str, table: pd.DataFrame, dropped: dict[str, int]) -> Corpus:
    known = [column for column in UTTERANCE_COLUMNS if column in table]
    others = [column for column in table if column not in (*known, "gender")]
    speakers = table[["speaker", "gender"]].drop_duplicates().sort_values("speaker", ignore_index=True)
    return Corpus(name, table[known + others], speakers, dropped)
