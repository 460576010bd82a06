"""Any corpus that comes with a table: one CSV row per utterance, with its file or text, speaker, labels, attributes.

MSP-Podcast (Lotfian and Busso 2019) is one of them: ``Labels/labels_consensus.csv`` beside ``Audios/``.
"""

from pathlib import Path
from typing import ClassVar, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from fedser.corpora.corpus import UTTERANCE_COLUMNS, Corpus
from fedser.corpora.labels import CLASS_LABELS, NUMBER_LABELS, Media
from fedser.corpora.layout import listed, refuse_pointers
from fedser.corpora.manifest_columns import Columns, filter_columns, select
from fedser.corpora.presence import NO_FILE
from fedser.corpora.reader import CorpusReader, ReadContext
from fedser.corpora.table import Renaming, empty_cells, numbers, read_table, renamed, speaker_table
from fedser.errors import InputError, Problems

__all__ = ["Columns", "Manifest"]

Missing = Literal["none", "some", "all"]
"""Which of the files may be missing."""

_TAKEN = {*UTTERANCE_COLUMNS, "split", "corpus"}
_MAPPED = tuple(label for label in CLASS_LABELS if label != "emotion")
"""The labels that ``value_map`` may rename; emotions have a map of their own."""


class Manifest(CorpusReader):
    """Any corpus described by a CSV: path or text, speaker, labels, and any attributes of the speakers."""

    source: ClassVar[str] = "the user's own table"
    name: Literal["manifest"] = "manifest"
    path: str
    """The CSV (UTF-8, with a header line): absolute, or below the data root."""
    audio_root: str | None = None
    """The folder that the paths in the CSV start from: absolute, or below the data root; by default the CSV's own."""
    media: Media = "audio"
    """What the files are."""
    missing_files: Literal["error", "drop"] = "error"
    """What becomes of utterances without a file: the corpus is refused, or they are left out and counted."""
    delimiter: str = Field(",", min_length=1, max_length=1)
    columns: Columns = Columns()
    speaker_attributes: tuple[str, ...] = ()
    """Columns that say something of the speaker (gender, age, ...): the same in all of his or her rows."""
    attribute_columns: dict[str, str] = Field(default_factory=dict)
    """What the CSV calls some of the attributes, where it is another name: ``gender: Gender``."""
    label_map: dict[str, str] = Field(default_factory=dict)
    """From the CSV's emotions to the ones wanted; those not named stay as they are, one that becomes empty is none."""
    value_map: dict[str, dict[str, str]] = Field(default_factory=dict)
    """For some of the attributes, for sentiment and toxicity, from the CSV's values to the ones wanted; those not named
    stay as they are, and one that becomes empty is not known."""
    keep: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By a column of the CSV, the values of the rows that count; others are left out and counted."""
    drop: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By a column of the CSV, the values of rows that are left out and counted (``SpkrID: [Unknown]``)."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        mistakes = []
        known = ", ".join(self.speaker_attributes) or "none"
        if taken := sorted(_TAKEN & set(self.speaker_attributes)):
            mistakes.append(
                f"speaker_attributes: {', '.join(map(repr, taken))} has another meaning; rename that column of the CSV"
            )
        if strange := sorted(set(self.value_map) - {*self.speaker_attributes, *(set(_MAPPED) & {*self.columns.given})}):
            mistakes.append(f"value_map is given for {', '.join(strange)}, but speaker_attributes are {known}")
        if strange := sorted(set(self.attribute_columns) - set(self.speaker_attributes)):
            mistakes.append(f"attribute_columns is given for {', '.join(strange)}, but speaker_attributes are {known}")
        if self.label_map and self.columns.emotion is None:
            mistakes.append("label_map: there is no emotion to rename, columns.emotion is null")
        if not self.columns.labels and not self.speaker_attributes:
            mistakes.append("columns: neither a label nor any of speaker_attributes: nothing to learn")
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    def read(self, context: ReadContext) -> Corpus:
        """The utterances of the table; an attribute whose values are all whole numbers becomes a number."""
        corpus = self._tables(context, "none" if self.missing_files == "error" else "some")
        if "path" not in corpus.utterances:
            return corpus
        present = corpus.only(corpus.utterances["path"].notna(), NO_FILE)
        refuse_pointers(context.place(self.path), present.paths)
        return present

    def survey(self, context: ReadContext) -> Corpus:
        """All rows that count; the path of one whose file is missing is None."""
        return self._tables(context, "all")

    def _tables(self, context: ReadContext, may_miss: Missing) -> Corpus:
        """The corpus; files that may not be missing are a mistake like any other."""
        csv = context.place(self.path)
        if not csv.is_file():
            what = "a folder, where the table (CSV) should be" if csv.is_dir() else "no such file"
            raise InputError(f"{csv}: {what}.\n  {context.explain(self.path)}")
        whole, problems = read_table(csv, self.delimiter, self._wanted()), Problems()
        rows, dropped = select(csv, whole, self.keep, self.drop, problems)
        problems.extend(empty_cells(csv, rows, self.columns.given))
        files = self._files(csv, context, rows, may_miss, problems)
        rows = renamed(csv, whole, rows, self._maps(), problems)
        values = {label: numbers(csv, rows, label, problems) for label in NUMBER_LABELS if label in rows}
        values |= {label: rows[label].mask(rows[label] == "") for label in CLASS_LABELS if label in rows}
        speakers = speaker_table(csv, rows, self.speaker_attributes, problems)
        problems.raise_if_any(InputError)
        return Corpus(self.corpus, self._utterances(rows.assign(**values), files), speakers, dropped, self.media)

    def _wanted(self) -> dict[str, str]:
        """The columns to read: the name that the rest of the code uses, and the CSV's."""
        attributes = {name: self.attribute_columns.get(name, name) for name in self.speaker_attributes}
        return self.columns.given | attributes | filter_columns(self.keep, self.drop)

    def _files(
        self, csv: Path, context: ReadContext, rows: pd.DataFrame, may_miss: Missing, problems: Problems
    ) -> list[str | None]:
        """The file of each row, None where there is none; empty for texts alone."""
        if "path" not in rows:
            return []
        root, paths = csv.parent if self.audio_root is None else context.place(self.audio_root), rows["path"]
        twice = paths[paths.duplicated() & (paths != "")]
        if len(twice):
            problems.add(csv, f"{self.media} files given more than once: {listed(twice.unique())}")
        files = [str(root / path) if (root / path).is_file() else None for path in paths]
        missing = [path for path, file in zip(paths, files, strict=True) if path and file is None]
        if missing and (may_miss == "none" or (may_miss == "some" and len(missing) == len(paths))):
            problems.add(csv, f"{len(missing)} of {len(paths)} {self.media} files are not in {root}: {listed(missing)}")
        return files

    def _maps(self) -> dict[str, Renaming]:
        """The columns whose values are renamed: the key of the config that does it, and the names."""
        emotions: dict[str, Renaming] = {"emotion": ("label_map", self.label_map)} if self.label_map else {}
        return emotions | {column: (f"value_map.{column}", names) for column, names in self.value_map.items()}

    def _utterances(self, rows: pd.DataFrame, files: list[str | None]) -> pd.DataFrame:
        ids = next((rows[column] for column in ("utterance", "path") if column in rows), rows.index.astype(str))
        table = rows.assign(utterance=ids, **({"path": pd.Series(files, rows.index, "str")} if files else {}))
        return table[[column for column in (*UTTERANCE_COLUMNS, "split") if column in table]].reset_index(drop=True)
