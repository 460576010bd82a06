"""IEMOCAP: twelve hours of dialogs between five actresses and five actors, improvised and scripted (Busso et al. 2008).

A file ``Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav`` is a turn of session 1, its first improvised
dialog, by the actress; what it was felt to be and what was said stand in text files, one for each dialog.
"""

from pathlib import Path
from typing import ClassVar, Literal

from fedser.corpora.corpus import Corpus
from fedser.corpora.iemocap_labels import read_labels, read_transcripts
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.release import Release
from fedser.corpora.transcripts import spoken, written
from fedser.errors import InputError

_UNPACKED = "IEMOCAP_full_release"
_AUDIO = "Session[1-5]/sentences/wav/*/*"
_RELEASE = Release(
    title="IEMOCAP",
    obtain="https://sail.usc.edu/iemocap/iemocap_release.htm",
    signs=("Session[1-5]", f"{_UNPACKED}/Session[1-5]"),
)
_PUBLISHED = (
    Published(
        "Busso et al. 2008",
        {"scenarios": "both"},
        speakers={"gender": {"female": 5, "male": 5}},
        all_utterances=10039,
        all_speakers=10,
    ),
    Published("Busso et al. 2008", {"scenarios": "scripted"}, all_utterances=5255, all_speakers=10),
    Published("Busso et al. 2008", {"scenarios": "improvised"}, all_utterances=4784, all_speakers=10),
    Published(
        "Ma et al. 2024, EmoBox (5531 in four classes)",
        {"scenarios": "both", "excited": "happy"},
        {"emotion": {"neutral": 1708, "happy": 1636, "sad": 1084, "angry": 1103}},
    ),
    Published(
        "Feng et al. 2021, Table 1 (2943 in four classes)",
        {"scenarios": "improvised", "excited": "happy"},
        {"emotion": {"neutral": 1099, "happy": 947, "sad": 608, "angry": 289}},
    ),
)


class IEMOCAP(TabledReader):
    """IEMOCAP: 5 American actresses and 5 actors in dialogs, emotions and their dimensions, audio and transcripts."""

    source: ClassVar[str] = "Busso et al. 2008, IEMOCAP: interactive emotional dyadic motion capture database"
    published: ClassVar[tuple[Published, ...]] = _PUBLISHED
    name: Literal["iemocap"] = "iemocap"
    corpus: CorpusName = "iemocap"
    path: str = "iemocap"
    """The folder that holds ``Session1/`` to ``Session5/``, or ``IEMOCAP_full_release/`` with them: absolute, or below
    the data root."""
    scenarios: Literal["both", "improvised", "scripted"] = "both"
    """Which dialogs to read: all, or those without a script (as Feng et al. 2021), or those with one."""
    excited: Literal["happy", "keep"] = "happy"
    """What becomes of excited turns: counted as happy (as in the usual four classes), or an emotion of their own."""
    media: Literal["audio", "text"] = "audio"
    """Whether the corpus is its speech, with transcripts where there are any, or its transcripts alone."""

    def survey(self, context: ReadContext) -> Corpus:
        """The turns, in their order, with ``scenario`` and ``dialogue``; the speakers (Ses01F, ...) with ``gender``.

        ``valence``, ``activation`` and ``dominance`` are means of ratings from 1 to 5 (negative, calm, weak up to
        positive, excited, strong); a turn on whose emotion the evaluators disagree (xxx) is ``undecided``. Turns
        without a transcript have no ``text``, and where the text alone is read they are left out, and counted. Speech
        without a label is left out and counted.
        """
        folder = _RELEASE.folder(context, self.path)
        folder = folder / _UNPACKED if (folder / _UNPACKED).is_dir() else folder
        corpus = self._chosen(self._whole(folder))
        return corpus.renamed({"excited": "happy"}) if self.excited == "happy" else corpus

    def _whole(self, folder: Path) -> Corpus:
        labels, texts = read_labels(folder), read_transcripts(folder)
        if self.media == "audio":
            return spoken(self.corpus, labels, folder.glob(_AUDIO), texts)
        if texts is None:
            raise InputError(f"{folder}: no transcripts; IEMOCAP has them in Session1/dialog/transcriptions and so on")
        return written(self.corpus, labels, texts)

    def _chosen(self, corpus: Corpus) -> Corpus:
        if self.scenarios == "both":
            return corpus
        other = "scripted" if self.scenarios == "improvised" else "improvised"
        return corpus.only(corpus.utterances["scenario"] == self.scenarios, other)
