"""All that is told of a corpus, as one value and as a tidy table."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedser.artifacts.files import write_atomic
from fedser.corpora import Corpus, CorpusReader, ReadContext
from simulations.corpus_report.beside import Theirs, elsewhere, theirs
from simulations.corpus_report.counts import NONE, Counts, Key, count, file_of
from simulations.corpus_report.headers import Headers, read_headers
from simulations.corpus_report.numbers import Numbers, measure
from simulations.progress import Update

_HEADER = ("corpus", "of", "column", "value", "statistic", "ours", "with_file", "published", "difference", "source")
_SPREAD = ("n", "mean", "sd", "min", "median", "max", "total")


@dataclass(frozen=True)
class Statistics:
    """What was counted and measured in ``corpus``, and what ``others`` counted there or ``elsewhere``."""

    reader: CorpusReader
    corpus: Corpus
    counts: Counts
    numbers: tuple[Numbers, ...]
    headers: Headers | None
    others: Theirs
    elsewhere: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many utterances should have a file and have none here."""
        return int(self.corpus.utterances["path"].isna().sum()) if "path" in self.corpus.utterances else 0

    def write(self, path: Path) -> None:
        """A CSV with one row per count or number; a count has a row for each source that printed it."""
        write_atomic(path, self._write)

    def _write(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, _HEADER)
            writer.writeheader()
            writer.writerows({"corpus": self.corpus.name, **row} for row in self._rows())

    def _rows(self) -> list[dict[str, Any]]:
        rows = [row for key in self.keys for row in self._counted(key)]
        rows += [
            {"of": "dropped", "column": "reason", "value": reason, "statistic": "count", "ours": number}
            for reason, number in self.corpus.dropped.items()
        ]
        rates = self.headers.rates if self.headers is not None else {}
        rows += [
            {"of": "files", "column": "sample_rate", "value": rate, "statistic": "count", "ours": files}
            for rate, files in rates.items()
        ]
        return rows + [
            {"of": each.of, "column": each.what, "statistic": name, "ours": getattr(each, name)}
            for each in self.numbers
            for name in _SPREAD
        ]

    @property
    def keys(self) -> list[Key]:
        """All that was counted, by us or by others."""
        return list(dict.fromkeys([*self.counts, *(key for source in self.others.values() for key in source)]))

    def _counted(self, key: Key) -> list[dict[str, Any]]:
        ours, with_file = self.counts.get(key, NONE)
        row = {**key._asdict(), "statistic": "count", "ours": ours}
        if "path" in self.corpus.utterances:
            row["with_file"] = with_file
        printed = {source: found[key] for source, found in self.others.items() if key in found}
        return [
            row | {"published": number, "difference": ours - number, "source": source}
            for source, number in printed.items()
        ] or [row]


def survey(reader: CorpusReader, context: ReadContext, tell: Update) -> Statistics:
    """Read the tables, and of audio the headers; raises InputError when the corpus cannot be read."""
    corpus = reader.survey(context)
    files = list(dict.fromkeys(file_of(corpus).dropna()))
    headers = read_headers(files, tell) if files and corpus.media == "audio" else None
    others = theirs(reader)
    counts = count(corpus, [key.column for source in others.values() for key in source if key.of == "utterances"])
    numbers = tuple(measure(corpus, headers))
    return Statistics(reader, corpus, counts, numbers, headers, others, tuple(elsewhere(reader)))
