"""Encoders of speech and of text whose weights others trained, read by the package transformers.

Wolf et al. 2020, "Transformers: state-of-the-art natural language processing".
"""

from fedser.features.encoders.speech import Hubert, Wav2Vec2, WavLM
from fedser.features.encoders.text import TextEncoder

__all__ = ["Hubert", "TextEncoder", "Wav2Vec2", "WavLM"]
