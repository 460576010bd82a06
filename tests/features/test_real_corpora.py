"""Every feature set on every real corpus that lies beside the project: some utterances of each, all finite.

Pretrained networks have small random weights in the official formats, but for the embedded text encoder.
"""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fedser.corpora import CorpusReader, ReadContext
from fedser.corpora.ased import ASED
from fedser.corpora.crema_d import CremaD
from fedser.corpora.detoxy_b import DeToxyB
from fedser.corpora.emobank import EmoBank
from fedser.corpora.emodb import EmoDB
from fedser.corpora.emorynlp import EmoryNLP
from fedser.corpora.isear import ISEAR
from fedser.corpora.meld import MELD
from fedser.corpora.ravdess import RAVDESS
from fedser.features import FeatureExtractor, extract_features
from fedser.features.encoders import Hubert, TextEncoder, Wav2Vec2, WavLM
from fedser.features.lmfb import Lmfb
from fedser.features.opensmile import OpenSmile
from fedser.features.s3prl import Apc, Decoar2, Npc, Tera, VqApc

HEARD = [EmoDB(), RAVDESS(), ASED(), CremaD(missing_files="drop")]
READ = [MELD(), EmoryNLP(), EmoBank(), ISEAR(), DeToxyB()]
AUDIO = [
    OpenSmile(),
    OpenSmile(level="LowLevelDescriptors", pooling="none"),
    Lmfb(),
    Apc(checkpoint="apc.ckpt"),
    VqApc(checkpoint="vq_apc.ckpt"),
    Npc(checkpoint="npc.ckpt"),
    Tera(checkpoint="tera.ckpt"),
    Decoar2(checkpoint="decoar2.ckpt"),
    Wav2Vec2(model="./wav2vec2"),
    Hubert(model="./hubert"),
    WavLM(model="./wavlm"),
]
PAIRS = [(reader, extractor) for reader in HEARD for extractor in AUDIO] + [(r, TextEncoder()) for r in READ]


def named(pair: tuple[CorpusReader, FeatureExtractor]) -> str:
    reader, extractor = pair
    return f"{reader.corpus} {extractor.label}"


@pytest.fixture(scope="module", autouse=True)
def models(checkpoints: Path, pretrained: ModuleType) -> Path:
    for family in ("wav2vec2", "hubert", "wavlm"):
        pretrained.save_speech(checkpoints / family, family)
    return checkpoints


@pytest.mark.parametrize("pair", PAIRS, ids=named)
def test_real_utterances_are_described(
    pair: tuple[CorpusReader, FeatureExtractor], shared_data: Path, models: Path, tmp_path: Path, monkeypatch
) -> None:
    reader, extractor = pair
    monkeypatch.chdir(models)
    whole = reader.read(ReadContext(shared_data, tmp_path / "cache"))
    few = whole.only(whole.utterances.index.isin([0, 1, len(whole.utterances) - 1]), "not looked at")
    found = extract_features(extractor, few, tmp_path / "cache", workers=1, on_bad_input="error")
    assert len(found.utterances) == 3 and not found.dropped
    assert np.isfinite(found.rows).all() and found.rows.std(axis=0).any()
