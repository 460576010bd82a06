"""Features: what describes an utterance to a model, extracted once and memory-mapped."""

from typing import Annotated

from pydantic import Field

from fedser.features.encoders import Hubert, TextEncoder, Wav2Vec2, WavLM
from fedser.features.extract import extract_features
from fedser.features.extractor import FeatureExtractor
from fedser.features.feature_set import FeatureSet
from fedser.features.lmfb import Lmfb
from fedser.features.opensmile import OpenSmile
from fedser.features.s3prl import Apc, Decoar2, Npc, Tera, VqApc

__all__ = ["FeatureConfig", "FeatureExtractor", "FeatureSet", "extract_features"]

FeatureConfig = Annotated[
    OpenSmile | Lmfb | Apc | VqApc | Npc | Tera | Decoar2 | Wav2Vec2 | Hubert | WavLM | TextEncoder,
    Field(discriminator="name"),
]
