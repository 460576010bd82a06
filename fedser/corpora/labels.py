"""What corpora say of an utterance: the columns that may be labels, and the names of the emotions."""

from typing import Literal

Media = Literal["audio", "image"]
"""What the files of a corpus are; a corpus of text alone has none."""

CLASS_LABELS = ("emotion", "sentiment", "toxicity")
"""Columns of an utterance whose values are names of classes."""

NUMBER_LABELS = ("valence", "activation", "dominance")
"""Columns of an utterance whose values are numbers, on the corpus's own scale (its reader states it)."""

LABELS = CLASS_LABELS + NUMBER_LABELS

EMOTIONS = (
    "neutral",
    "calm",
    "happy",
    "excited",
    "sad",
    "angry",
    "frustrated",
    "fearful",
    "disgust",
    "surprised",
    "bored",
    "contempt",
    "peaceful",
    "powerful",
    "shame",
    "guilt",
    "other",
    "undecided",
)
"""One name for each emotion, whatever a corpus calls it; ``undecided`` is where its annotators did not agree."""
