"""MSP-IMPROV: six actresses and six actors improvise dialogs that lead to given sentences (Busso et al. 2017).

A file ``Audio/session1/S01A/S/MSP-IMPROV-S01A-F01-S-FM01.wav`` is of sentence 01 meant to be angry, speaker F01 (so of
session 1), scenario S and turn FM01. The scenarios are R (the sentence is read), T (the sentence where it comes up in
an improvised dialog), S (the other turns of these dialogs) and P (talk between the recordings).
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import below
from fedser.corpora.msp_improv_labels import LABEL_FILES, read_labels
from fedser.corpora.msp_improv_texts import TRANSCRIPTS, read_transcripts
from fedser.corpora.presence import TabledReader
from fedser.corpora.published import Published
from fedser.corpora.reader import CorpusName, ReadContext
from fedser.corpora.release import Release
from fedser.corpora.transcripts import spoken, written
from fedser.errors import InputError

Scenario = Literal["read", "target", "improvised", "natural"]

_ALL: tuple[Scenario, ...] = ("read", "target", "improvised", "natural")
_RELEASE = Release(
    title="MSP-IMPROV",
    obtain="https://ecs.utdallas.edu/research/researchlabs/msp-lab/MSP-Improv.html",
    signs=LABEL_FILES,
)
_PUBLISHED = (
    Published(
        "Busso et al. 2017, Tables 3 and 4 (7798 in four classes)",
        {"scenarios": _ALL},
        {
            "emotion": {"neutral": 3477, "happy": 2644, "sad": 885, "angry": 792, "other": 85, "undecided": 555},
            "scenario": {"read": 620, "target": 652, "improvised": 4381, "natural": 2785},
        },
        speakers={"gender": {"female": 6, "male": 6}},
        all_utterances=8438,
        all_speakers=12,
    ),
    Published(
        "Feng et al. 2021, Table 1 (4580 in four classes)",
        {"scenarios": ("target", "improvised")},
        {"emotion": {"neutral": 2072, "happy": 1184, "sad": 739, "angry": 585}},
    ),
)


def _each_once(scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """``scenarios`` in one order, so that equal choices are equal."""
    if not scenarios or len(set(scenarios)) < len(scenarios):
        raise ValueError(f"should name one scenario or more, each once, got {', '.join(scenarios) or 'none'}")
    return tuple(scenario for scenario in _ALL if scenario in scenarios)


class MSPImprov(TabledReader):
    """MSP-IMPROV: 6 American actresses and 6 actors, read, improvised and natural turns, emotions and dimensions."""

    source: ClassVar[str] = "Busso et al. 2017, MSP-IMPROV: an acted corpus of dyadic interactions"
    published: ClassVar[tuple[Published, ...]] = _PUBLISHED
    name: Literal["msp_improv"] = "msp_improv"
    corpus: CorpusName = "msp_improv"
    path: str = "msp_improv"
    """The folder that holds ``Evalution.txt`` (or ``Evaluation.txt``): absolute, or below the data root. The audio lies
    in its ``Audio/``, at any depth, or without that folder anywhere below it."""
    scenarios: Annotated[tuple[Scenario, ...], AfterValidator(_each_once)] = _ALL
    """Which clips to read; Feng et al. 2021 have target and improvised."""
    activation: Literal["as_stored", "reversed"] = "as_stored"
    """Whether activation is as the label file has it, or 6 minus that. Two readers of one laboratory reverse it, noting
    that 1 is the highest there; others take it as it is, and the file itself does not say."""
    media: Literal["audio", "text"] = "audio"
    """Whether the corpus is its speech, with transcripts where there are any, or its transcripts alone."""
    transcripts: str | None = None
    """The folder of the transcripts, below the corpus's; by default ``All_human_transcriptions``, the same in
    ``Human_transcriptions``, or ``Text``, whichever is there."""

    def survey(self, context: ReadContext) -> Corpus:
        """The clips, with ``naturalness``, ``scenario``, ``sentence``, ``intended`` and ``turn``, and the speakers.

        ``valence``, ``activation``, ``dominance`` and ``naturalness`` are means of ratings from 1 to 5, NaN where there
        is none; a clip on whose emotion the evaluators disagree (X) is ``undecided``; ``intended`` is the emotion its
        scenario was written for. Speakers (F01, ...) have ``gender``. Clips without a transcript have no ``text``, and
        where the text alone is read they are left out, and counted. Audio without a label is left out and counted.
        """
        folder = _RELEASE.folder(context, self.path)
        labels, texts = read_labels(folder), read_transcripts(folder, self.transcripts)
        if self.activation == "reversed":
            labels["activation"] = 6 - labels["activation"]
        if self.media == "audio":
            audio = folder / "Audio"
            return self._chosen(spoken(self.corpus, labels, below(audio if audio.is_dir() else folder), texts))
        if texts is None:
            raise InputError(f"{folder}: no transcripts; MSP-IMPROV has them in {' or '.join(TRANSCRIPTS)}")
        return self._chosen(written(self.corpus, labels, texts))

    def _chosen(self, corpus: Corpus) -> Corpus:
        for scenario in _ALL:
            if scenario not in self.scenarios:
                corpus = corpus.only(corpus.utterances["scenario"] != scenario, scenario)
        return corpus
