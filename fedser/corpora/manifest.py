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
            raise ValueError(
                f"speaker_attributes: {', '.join(map(repr, taken))} has another meaning; rename that column of the CSV"
            )
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
            raise InputError(f"{csv}: no such file.\n  {context.explain(self.path)}")
        root = csv.parent if self.audio_root is None else context.place(self.audio_root)
        table, problems = read_table(csv, self.delimiter, self._wanted()), Problems()
        problems.extend(column_problems(csv, table))
        problems.extend(_missing_files(csv, root, table["path"]))
        table = self._renamed(csv, table, problems)
        speakers = speaker_table(csv, table, self.speaker_attributes, problems)
        problems.raise_if_any(InputError)
        files = [root / path for path in table["path"]]
        refuse_pointers(csv, files)
        utterances = table[["path", "speaker", "emotion"]].rename(columns={"path": "utterance"}).reset_index(drop=True)
        utterances.insert(1, "path", [str(file) for file in files])
        return Corpus(self.corpus, utterances, speakers)

    def _wanted(self) -> dict[str, str]:
        """The columns to read: the name that the rest of the code uses, and the CSV's."""
        return self.columns.model_dump() | {attribute: attribute for attribute in self.speaker_attributes}

    def _renamed(self, csv: Path, table: pd.DataFrame, problems: Problems) -> pd.DataFrame:
        """``table`` with its emotions and attributes renamed by the maps.

        A key that never occurs is a problem: it is a slip of the pen, and what it was to rename would stay.
        """
        maps = {"emotion": ("label_map", self.label_map)}
        maps |= {attribute: (f"value_map.{attribute}", mapping) for attribute, mapping in self.value_map.items()}
        for column, (key, mapping) in maps.items():
            never = sorted(set(mapping) - set(table[column]))
            if never:
                found = listed(sorted(set(table[column]) - {""}))
                problems.add(csv, f"{key}: {listed(never)} never occurs; the values are {found}")
        new = {column: table[column].map(lambda value, to=to: to.get(value, value)) for column, (_, to) in maps.items()}
        return table.assign(**new)


def _missing_files(csv: Path, root: Path, paths: pd.Series) -> list[str]:
    missing = [path for path in paths if path and not (root / path).is_file()]
    if not missing:
        return []
    return [f"{csv}: {len(missing)} of {len(paths)} audio files are not in {root}: {listed(missing)}"]
