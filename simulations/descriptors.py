"""openSMILE's names taken apart: the descriptor, the functional, and the family that a descriptor is of.

A name such as ``mfcc_sma_de[3]_iqr1-2`` is a low-level descriptor, smoothed (``sma``), perhaps its change (``de``), one
of several ([3]), and a functional of it over the utterance. Families follow Eyben et al. 2016 ("The Geneva minimalistic
acoustic parameter set") and Schuller et al. 2013 (ComParE): there the sum of the auditory spectrum is a loudness, and
harmonic differences are of the spectrum's balance.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fedser.features import FeatureConfig
from fedser.features.opensmile import OpenSmile
from fedser.metrics.recall import Ints

# Of the descriptor's name before ``_sma``, as a whole; no name is matched by two.
FAMILIES: Mapping[str, re.Pattern[str]] = {
    family: re.compile(pattern)
    for family, pattern in {
        "pitch": r"F0|F0env|F0final|F0finEnv|F0semitoneFrom27\.5Hz|voiceProb|voicingFinalUnclipped",
        "formants": r"F[1-3](frequency|bandwidth|amplitudeLogRelF0)",
        "energy": r"pcm_loudness|pcm_intensity|pcm_RMSenergy|[lL]oudness|equivalentSoundLevel_dBp"
        r"|audspec(Rasta)?_lengthL1norm",
        "spectrum": r"pcm_fftMag_(fband[\d-]+|psySharpness|spectral[\w.]+)|audSpec_Rfilt|logMelFreqBand"
        r"|(alphaRatio|hammarbergIndex|spectralFlux|slope)U?V?(\d+-\d+)?|logRelF0-H1-(H2|A3)",
        "mfcc": r"(pcm_fftMag_)?mfcc\d*V?",
        "lsp": r"lspFreq",
        "voice quality": r"jitter(Local|DDP)|shimmerLocal(dB)?|HNRdBACF|logHNR",
        "zero crossings": r"pcm_zcr",
        "rhythm": r"loudnessPeaksPerSec|VoicedSegmentsPerSec|(Mean|Stddev)(Unv|V)oicedSegmentLength(Sec)?"
        r"|F0final__Turn_(numOnsets|duration)",
    }.items()
}
_NAME = re.compile(r"(?P<base>.+?)(?P<how>_sma(3nz|3)?(_de)?(\[\d+\])?)(_(?P<functional>.+))?")


class Descriptor(NamedTuple):
    """A name taken apart; ``functional`` is empty for low-level descriptors and what is no functional of any."""

    name: str
    descriptor: str
    functional: str
    family: str


def described(name: str) -> Descriptor:
    """``mfcc_sma_de[3]_iqr1-2`` as ``mfcc_sma_de[3]``, ``iqr1-2`` and mfcc; raises KeyError for no openSMILE name."""
    parts = _NAME.fullmatch(name)
    base = parts["base"] if parts else name
    found = [family for family, pattern in FAMILIES.items() if pattern.fullmatch(base)]
    if len(found) != 1:
        raise KeyError(f"{name}: of {len(found)} families of openSMILE's descriptors")
    return Descriptor(name, base + (parts["how"] if parts else ""), parts["functional"] or "" if parts else "", *found)


def names_of(features: FeatureConfig) -> tuple[str, ...]:
    """The names of the inputs where they are openSMILE's; none of features that a network or a filterbank makes."""
    return features.names() if isinstance(features, OpenSmile) else ()


def by_family(names: Sequence[str]) -> dict[str, Ints]:
    """The places of the inputs of each family that there is, in the order of ``FAMILIES``."""
    family = np.array([described(name).family for name in names])
    return {one: np.flatnonzero(family == one) for one in FAMILIES if one in family}
