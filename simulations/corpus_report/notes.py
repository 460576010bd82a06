"""What is to be said beside the tables: how long the audio is, what is missing, and whose counts stand beside ours."""

from collections.abc import Iterator

from rich.text import Text

from simulations.corpus_report.headers import Headers
from simulations.corpus_report.statistics import Statistics


def notes(found: Statistics) -> Text:
    """A line each, with those that ask for something in yellow."""
    lines = [(line, "") for line in _heard(found)]
    lines += [(line, "yellow") for line in _missing(found)]
    lines += [(f"[{number}] {source}", "") for number, source in enumerate(found.others, 1)]
    lines += [(f"Not beside ours, but printed: {each}", "dim") for each in found.elsewhere]
    return Text("\n").join(Text(line, style=style) for line, style in lines)


def _heard(found: Statistics) -> Iterator[str]:
    if found.headers is not None:
        yield _duration(found.headers)
    elif "path" not in found.corpus.utterances:
        yield "Texts alone: no files."
    if "person" in found.corpus.speakers:
        yield f"The speakers are sessions of {found.corpus.speakers['person'].nunique():,} people."


def _duration(headers: Headers) -> str:
    hours = headers.seconds.sum() / 3600.0
    total = f"{hours:,.2f}" if hours >= 0.1 else f"{hours:.4f}"
    rates = ", ".join(f"{rate:,} Hz" + _of(files, len(headers.seconds)) for rate, files in headers.rates.items())
    return f"{total} h of audio in {len(headers.seconds):,} files{f' at {rates}' if rates else ''}."


def _of(files: int, everything: int) -> str:
    return f" ({files:,} files)" if files < everything else ""


def _missing(found: Statistics) -> Iterator[str]:
    if found.missing:
        whole = f"{found.missing:,} of {len(found.corpus.utterances):,} utterances have no file here"
        yield f"{whole}; the tables are counted whole all the same."
    if found.headers is not None and found.headers.refused:
        refused, files = len(found.headers.refused), len(found.headers.refused) + len(found.headers.seconds)
        yield f"{refused:,} of {files:,} files cannot be read as audio: they count, but have no duration."
