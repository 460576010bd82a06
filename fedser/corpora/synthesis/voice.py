"""The voice of one synthetic speaker, and what gender does to it.

Women speak on average 0.6 octaves higher than men and with formants about 17 % higher (Peterson and Barney 1952),
more breathily and with a longer open phase (Klatt and Klatt 1990). The leakage scales all of these at once.
"""

from dataclasses import dataclass

from fedser.seeds import Stream

GENDERS = ("female", "male")

_MIDDLE_PITCH = 157.0
# Half the distance between the genders at leakage 1: log F0, log formants, log breath, open quotient.
_HALF_PITCH, _HALF_TRACT, _HALF_BREATH, _HALF_OPEN = 0.27, 0.08, 0.3, 0.05


@dataclass(frozen=True)
class Voice:
    """What a speaker's utterances have in common, before any emotion."""

    pitch: float
    """Mean fundamental frequency, in Hz."""
    tract: float
    """Factor on all formant frequencies: the inverse of the vocal tract's length."""
    open_quotient: float
    """Share of each period in which the glottis is open."""
    breath: float
    """Amplitude of the aspiration noise, relative to the pulses."""
    jitter: float
    """Standard deviation of the period, relative."""
    shimmer: float
    """Standard deviation of the pulses' amplitude, relative."""
    tilt: float
    """Slope added to the spectrum, in dB per octave above 500 Hz."""
    rate: float
    """Factor on the speaking rate."""
    melody: float
    """Size of the pitch movements, in semitones."""
    vowels: tuple[float, float, float]
    """The speaker's own factors on the first three formants."""
    expressivity: float
    """Factor on what an emotion does to this speaker's utterances."""


def draw_voice(stream: Stream, gender: str, leakage: float) -> Voice:
    """A speaker's voice; ``gender`` shifts it by ``leakage`` in [0, 1], and at 0 has no part in it at all."""
    rng = stream.numpy()
    side = leakage * (1.0 if gender == "female" else -1.0)
    return Voice(
        pitch=_MIDDLE_PITCH * float(rng.lognormal(side * _HALF_PITCH, 0.10)),
        tract=float(rng.lognormal(side * _HALF_TRACT, 0.03)),
        open_quotient=float(rng.normal(0.6 + side * _HALF_OPEN, 0.03)),
        breath=0.04 * float(rng.lognormal(side * _HALF_BREATH, 0.3)),
        jitter=0.01 * float(rng.lognormal(0.0, 0.3)),
        shimmer=0.05 * float(rng.lognormal(0.0, 0.3)),
        tilt=float(rng.normal(0.0, 1.0)),
        rate=float(rng.lognormal(0.0, 0.06)),
        melody=2.0 * float(rng.lognormal(0.0, 0.2)),
        vowels=(float(rng.lognormal(0.0, 0.03)), float(rng.lognormal(0.0, 0.03)), float(rng.lognormal(0.0, 0.02))),
        expressivity=float(rng.lognormal(0.0, 0.2)),
    )
