"""The battery that every feature extractor must pass."""

import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from fedser.errors import InputError
from fedser.features import FeatureConfig, FeatureExtractor
from fedser.features.encoders import Hubert, TextEncoder, Wav2Vec2, WavLM
from fedser.features.lmfb import Lmfb
from fedser.features.opensmile import OpenSmile
from fedser.features.s3prl import Apc, Decoar2, Npc, Tera, VqApc
from simulations.families import members

EXTRACTORS: list[FeatureExtractor] = [
    OpenSmile(),
    OpenSmile(feature_set="eGeMAPSv02"),
    OpenSmile(feature_set="eGeMAPSv02", level="LowLevelDescriptors"),
    OpenSmile(feature_set="IS09", level="LowLevelDescriptors_Deltas", pooling="none"),
    Lmfb(),
    Lmfb(pooling="mean"),
    Apc(checkpoint="apc.ckpt"),
    Apc(checkpoint="apc.ckpt", layer=0),
    VqApc(checkpoint="vq_apc.ckpt"),
    Npc(checkpoint="npc.ckpt", pooling="none"),
    Tera(checkpoint="tera.ckpt"),
    Decoar2(checkpoint="decoar2.ckpt", layer=1),
    Wav2Vec2(model="./wav2vec2"),
    Wav2Vec2(model="./wav2vec2", layer=1, pooling="none", window=1.0),
    Hubert(model="./hubert"),
    WavLM(model="./wavlm"),
    TextEncoder(),
    TextEncoder(pooling="none"),
]
"""At least one of each member of the family, and one for each kind of result; their weights lie in ``weights``."""

TEXTS = ("A short one.", "And then she said, quite loudly, that it was not her fault at all.")


def described(extractor: FeatureExtractor) -> str:
    return extractor.label


@pytest.fixture(scope="module")
def models(checkpoints: Path, pretrained: ModuleType) -> Path:
    """The folder of the small checkpoints, and of the small models of transformers."""
    for family in ("wav2vec2", "hubert", "wavlm"):
        pretrained.save_speech(checkpoints / family, family)
    return checkpoints


@pytest.fixture(autouse=True)
def weights(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is that of the models."""
    monkeypatch.chdir(models)


@pytest.fixture
def sample(make_voice) -> Callable[[FeatureExtractor, int], Any]:
    """The first or the second of two different inputs, of different length, of the kind that an extractor wants."""

    def make(extractor: FeatureExtractor, number: int) -> Any:
        if extractor.wants == "text":
            return TEXTS[number]
        return make_voice((0.5, 0.8)[number], (110.0, 220.0)[number], extractor.sample_rate)

    return make


def extract(extractor: FeatureExtractor, given: Any) -> np.ndarray:
    return extractor.extract(given) if extractor.wants == "text" else extractor.extract(given, extractor.sample_rate)


def extract_batch(extractor: FeatureExtractor, given: list[Any]) -> list[np.ndarray]:
    rate = () if extractor.wants == "text" else (extractor.sample_rate,)
    return extractor.extract_batch(given, *rate)


def only_audio(extractor: FeatureExtractor) -> None:
    if extractor.wants != "audio":
        pytest.skip("of extractors that hear")


def test_the_battery_covers_the_family() -> None:
    assert {type(extractor) for extractor in EXTRACTORS} == set(members(FeatureConfig))


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=described)
class TestEveryExtractor:
    def test_gives_one_finite_float32_per_name(self, extractor, sample) -> None:
        features = extract(extractor, sample(extractor, 0))
        assert features.dtype == np.float32
        assert features.shape[-1] == len(extractor.names())
        assert features.ndim == (2 if extractor.framed else 1)
        assert len(features) > 0
        assert np.isfinite(features).all()

    def test_has_unique_names(self, extractor) -> None:
        assert len(set(extractor.names())) == len(extractor.names()) > 0

    def test_repeats_itself_and_leaves_its_input_alone(self, extractor, sample) -> None:
        given = sample(extractor, 0)
        before = pickle.dumps(given)
        first, second = (extract(extractor, given) for _ in range(2))
        assert first.tobytes() == second.tobytes()
        assert pickle.dumps(given) == before

    def test_reads_what_it_is_given(self, extractor, sample) -> None:
        vectors = [np.atleast_2d(extract(extractor, sample(extractor, number))).mean(axis=0) for number in (0, 1)]
        assert not np.allclose(*vectors)

    def test_extracts_a_batch_as_it_does_each(self, extractor, sample) -> None:
        given = [sample(extractor, number) for number in (0, 1, 0)]
        for together, one in zip(extract_batch(extractor, given), given, strict=True):
            alone = extract(extractor, one)
            assert together.shape == alone.shape
            np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)

    def test_is_not_finite_where_the_signal_is_too_short(self, extractor, make_voice) -> None:
        """Frames: there are none."""
        only_audio(extractor)
        features = extractor.extract(make_voice(0.005, rate=extractor.sample_rate), extractor.sample_rate)
        assert features.shape[-1] == len(extractor.names())
        assert np.isnan(features).all()

    def test_refuses_another_rate(self, extractor, make_voice) -> None:
        only_audio(extractor)
        with pytest.raises(InputError, match=f"wants signals of {extractor.sample_rate} Hz, got 8000 Hz"):
            extractor.extract(make_voice(rate=8000), 8000)

    def test_travels_to_other_processes_and_through_json(self, extractor) -> None:
        assert pickle.loads(pickle.dumps(extractor)) == extractor
        assert TypeAdapter(FeatureConfig).validate_json(extractor.model_dump_json()) == extractor

    def test_the_version_names_the_settings_that_decide_the_numbers(self, extractor) -> None:
        assert extractor.version() == extractor.model_copy(update={"on_bad_input": "drop"}).version()
        assert [other.version() for other in EXTRACTORS].count(extractor.version()) == 1

    def test_describes_itself(self, extractor) -> None:
        assert extractor.summary().endswith(".")
        assert extractor.source
        assert [other.label for other in EXTRACTORS].count(extractor.label) == 1

    def test_can_work_here(self, extractor) -> None:
        extractor.check()

    def test_bounds_its_processes(self, extractor) -> None:
        assert 1 <= extractor.processes(4) <= 4
