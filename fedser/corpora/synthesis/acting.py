"""How emotions sound, and how the actors of one corpus play them.

Directions after the reviews of Scherer (2003) and Juslin and Laukka (2003): anger and joy raise pitch, its range,
rate and energy, anger with more energy at high frequencies; sadness lowers them all and is breathy.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fedser.seeds import Stream


class Expression(NamedTuple):
    """What an emotion does to one utterance."""

    pitch: float
    """Shift of the mean pitch, in semitones."""
    melody: float
    """Log factor on the pitch movements."""
    rate: float
    """Log factor on the speaking rate."""
    energy: float
    """Gain, in dB."""
    tilt: float
    """Slope added to the spectrum, in dB per octave."""
    breath: float
    """Log factor on the aspiration noise."""
    jitter: float
    """Log factor on jitter and shimmer."""
    smile: float
    """Log factor on the formants."""


EMOTIONS = {
    "neutral": Expression(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "happy": Expression(3.0, 0.45, 0.08, 3.0, 1.0, 0.0, 0.0, 0.03),
    "sad": Expression(-1.0, -0.45, -0.18, -4.0, -1.5, 0.5, 0.2, -0.01),
    "angry": Expression(2.5, 0.35, 0.12, 6.0, 2.0, -0.3, 0.4, 0.0),
}

_SPREAD = np.array(Expression(2.5, 0.35, 0.15, 3.5, 1.5, 0.35, 0.3, 0.025))
"""Standard deviation of an actor's utterances around what the emotion asks for."""


@dataclass(frozen=True)
class Style:
    """The acting of one corpus: ``effects`` [emotions, sizes of an Expression], in the order of EMOTIONS."""

    effects: np.ndarray[Any, np.dtype[np.float64]]


def draw_style(stream: Stream) -> Style:
    """A corpus's acting: all effects stronger or weaker at once, and each by itself."""
    rng = stream.numpy()
    effects = np.array(list(EMOTIONS.values()))
    return Style(effects * rng.uniform(0.8, 1.2) * rng.lognormal(0.0, 0.2, effects.shape))


def draw_expression(stream: Stream, emotion: str, style: Style, expressivity: float) -> Expression:
    """How ``emotion`` is played in one utterance by a speaker of the given expressivity."""
    effect = style.effects[list(EMOTIONS).index(emotion)] * expressivity
    return Expression(*(effect + stream.numpy().normal(0.0, _SPREAD)).tolist())
