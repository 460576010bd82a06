"""A user's own corpus: a table with other column names, and values to be renamed."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.manifest import Columns, Manifest


def build(root: Path, sound) -> CorpusReader:
    lines = ["file;who;mood;sex;years"]
    for number in range(6):
        speaker = f"s{number % 3}"
        sound(root / "mine" / "audio" / f"{number}.wav")
        lines.append(
            f"audio/{number}.wav;{speaker};{['joy', 'sad'][number // 3]};{'FMF'[number % 3]};{30 + number % 3}"
        )
    (root / "mine" / "list.csv").write_text("\n".join(lines) + "\n")
    return Manifest(
        corpus="mine",
        path="mine/list.csv",
        delimiter=";",
        columns=Columns(path="file", speaker="who", emotion="mood"),
        speaker_attributes=("sex", "years"),
        label_map={"joy": "happy"},
        value_map={"sex": {"F": "female", "M": "male"}},
    )
