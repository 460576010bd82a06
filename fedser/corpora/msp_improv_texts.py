"""MSP-IMPROV's transcripts: one text file per clip, of the clip's name, in a folder that copies call differently."""

from pathlib import Path

from fedser.corpora.transcripts import read_texts
from fedser.errors import InputError

TRANSCRIPTS = ("All_human_transcriptions", "Human_transcriptions/All_human_transcriptions", "Text")
"""What the folder of the transcripts is known to be called."""


def read_transcripts(folder: Path, name: str | None) -> dict[str, str] | None:
    """What was said in each clip, from the folder ``name``, or that of ``TRANSCRIPTS`` which is there; None if none is.

    Raises InputError when there is no folder ``name``, when several of ``TRANSCRIPTS`` are there, and when a clip has
    more than one transcript.
    """
    place = _place(folder, name)
    return None if place is None else read_texts(place)


def _place(folder: Path, name: str | None) -> Path | None:
    if name is not None:
        if not (folder / name).is_dir():
            raise InputError(f"{folder / name}: no such folder; the corpus's key transcripts names it")
        return folder / name
    there = [known for known in TRANSCRIPTS if (folder / known).is_dir()]
    if len(there) > 1:
        raise InputError(f"{folder}: transcripts in {' and '.join(there)}; say which with transcripts: {there[0]}")
    return folder / there[0] if there else None
