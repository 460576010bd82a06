"""Any corpus that comes with a table: one CSV row per utterance, with its file, speaker, emotion and attributes."""

from pathlib import Path
from typing import ClassVar, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from fedser.config import Frozen
from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import listed, refuse_pointers
from fedser.corpora.reader import CorpusReader, ReadContext
from fedser.corpora.table import column_problems, read_table, speaker_table
from fedser.errors import InputError, Problems


class Columns(Frozen):
    """What the CSV calls its columns."""

    path: str = "path"
    """The audio file, relative to the audio root or absolute; it also is the utterance's id."""
    speaker: str = "speaker"
    emotion: str = "emotion"


class Manifest(CorpusReader):
    """Any corpus described by a CSV: path, speaker, emotion, and any attributes of the speakers."""

    source: ClassVar[str] = "the user's own table"
    name: Literal["manifest"] = "manifest"
    path: str
    """The CSV (UTF-8, with a header line): absolute, or below the data root."""
    audio_root: str | None = None
    """The folder that the paths in the CSV start from: absolute, or below the data root; by default the CSV's own."""
    delimiter: str = Field(",", min_length=1, max_length=1)
    columns: Columns = Columns()
    speaker_attributes: tuple[str, ...] = ()
    """Columns that say something of the speaker (gender, age, ...): the same in all of his or her rows."""
    label_map: dict[str, str] = Field(default_factory=dict)
    """From the CSV's emotions to the ones wanted; those not named stay as they are."""
    value_map: dict[str, dict[str, str]] = Field(default_factory=dict)
    """For some of the attributes, from the CSV's values to the ones wanted; those not named stay as they are."""

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        taken = sorted({"utterance", "path", "speaker", "emotion", "corpus"} & set(self.speaker_attributes))
        if taken:
            raise ValueError(f"speaker_attributes: {', '.join(taken)} has another meaning; rename that column")
        strange = sorted(set(self.value_map) - set(self.speaker_attributes))
        if strange:
            raise ValueError(
                f"value_map is given for {', '.join(strange)}, but speaker_attributes are"
                f" {', '.join(self.speaker_attributes) or 'none'}"
            )
        return self

    def read(self, context: ReadContext) -> Corpus:
        """The utterances of the table; an attribute whose values are all whole numbers becomes a number."""
        csv = context.place(self.path)
        if not csv.is_file():
            raise InputError(
                f"{csv}: no such file.\n"
                f"  The place of a manifest is data_root ({context.data_root}; --set data_root=DIR or the environment"
                f" variable FEDSER_DATA) and the corpus's path ({self.path})."
            )
        table = read_table(csv, self.delimiter, self._wanted())
        root = csv.parent if self.audio_root is None else context.place(self.audio_root)
        files = table["path"].map(lambda path: root / path)
        problems = Problems()
        problems.extend(column_problems(csv, table))
        problems.extend(_missing_files(csv, table["path"], files))
        emotion = _mapped(csv, table["emotion"], self.label_map, "label_map", problems)
        for attribute in self.speaker_attributes:
            mapping = self.value_map.get(attribute, {})
            table[attribute] = _mapped(csv, table[attribute], mapping, f"value_map.{attribute}", problems)
        speakers = speaker_table(csv, table, self.speaker_attributes, problems)
        problems.raise_if_any(InputError)
        refuse_pointers(csv, files)
        columns = {
            "utterance": table["path"],
            "path": files.astype(str),
            "speaker": table["speaker"],
            "emotion": emotion,
        }
        return Corpus(self.corpus, pd.DataFrame(columns).reset_index(drop=True), speakers)

    def _wanted(self) -> dict[str, str]:
        """By the name that the rest of the code uses, the CSV's name and the key that gave it."""
        return self.columns.model_dump() | {attribute: attribute for attribute in self.speaker_attributes}


def _mapped(csv: Path, column: pd.Series, mapping: dict[str, str], key: str, problems: Problems) -> pd.Series:
    """``column`` with its values renamed; a key that never occurs is a problem, since it is a slip of the pen."""
    never = sorted(set(mapping) - set(column))
    if never:
        found = listed(sorted(set(column) - {""}))
        problems.add(csv, f"{key}: {listed(never)} never occurs; the values are {found}")
    return column.map(lambda value: mapping.get(value, value))


def _missing_files(csv: Path, names: pd.Series, files: pd.Series) -> list[str]:
    missing = [name for name, file in zip(names, files, strict=True) if name and not file.is_file()]
    if not missing:
        return []
    return [
        f"{csv}: {len(missing)} of {len(names)} audio files are missing below {files.iloc[0].parent}: {listed(missing)}"
    ]
