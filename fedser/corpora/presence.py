"""Corpora whose tables are whole and whose files may not be: what is missing is said, or left out and counted."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, NoReturn, final

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import listed, refuse_pointers
from fedser.corpora.reader import CorpusReader, ReadContext
from fedser.errors import InputError

NO_FILE = "no file"
"""The reason under which utterances without a file are counted."""


class TabledReader(CorpusReader):
    """A corpus whose labels stand in tables beside its files, so that either can be there without the other.

    A subclass gives ``survey``, with an empty cell (None) as the ``path`` of an utterance whose file is missing.
    """

    advice: ClassVar[str] = ""
    """How to come by the files, for those who have not got all of them."""

    path: str
    """The corpus's folder: absolute, or below the data root."""
    missing_files: Literal["error", "drop"] = "error"
    """What becomes of utterances without a file: the corpus is refused, or they are left out and counted."""

    @abstractmethod
    def survey(self, context: ReadContext) -> Corpus:
        """All that the tables tell, also of utterances whose file is missing (their ``path`` is None)."""

    @final
    def read(self, context: ReadContext) -> Corpus:
        """The utterances with a file; raises InputError for pointers, and for missing files unless they are dropped."""
        corpus = self.survey(context)
        if "path" not in corpus.utterances:
            return corpus
        there = corpus.utterances["path"].notna()
        if not there.all() and (self.missing_files == "error" or not there.any()):
            self._refuse(corpus.utterances.loc[~there, "utterance"], len(there), context)
        present = corpus.only(there, NO_FILE)
        refuse_pointers(context.place(self.path), present.paths)
        return present

    def _refuse(self, absent: Sequence[str], of: int, context: ReadContext) -> NoReturn:
        advice = f".\n  {self.advice}" if self.advice else ""
        some = "; get them, or leave these utterances out with missing_files: drop"
        raise InputError(
            f"{context.place(self.path)}: {len(absent)} of {of} utterances have no file:"
            f" {listed(absent, 3)}{some if len(absent) < of else ''}{advice}"
        )
