"""The battery that every feature extractor must pass, and what openSMILE alone promises."""

import csv
import pickle
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pydantic import TypeAdapter

from fedser.config import Frozen, validate
from fedser.config.document import Document
from fedser.errors import ConfigError, InputError
from fedser.features import FeatureConfig, FeatureExtractor
from fedser.features.opensmile import OpenSmile

DIMS = {"emobase": 988, "eGeMAPSv02": 88, "ComParE_2016": 6373}
EXTRACTORS = [OpenSmile(feature_set=feature_set) for feature_set in DIMS]
GOLDEN = Path(__file__).with_name("emobase_golden.csv")


def described(extractor: FeatureExtractor) -> str:
    return extractor.version()


def test_the_battery_covers_the_family() -> None:
    members = get_args(get_args(FeatureConfig)[0]) or (get_args(FeatureConfig)[0],)
    assert {type(extractor) for extractor in EXTRACTORS} == set(members)


@pytest.mark.parametrize("extractor", EXTRACTORS, ids=described)
class TestEveryExtractor:
    def test_gives_one_finite_float32_per_name(self, extractor, make_voice) -> None:
        vector = extractor.extract(make_voice(rate=extractor.sample_rate), extractor.sample_rate)
        assert vector.dtype == np.float32
        assert vector.shape == (len(extractor.names()),)
        assert np.isfinite(vector).all()

    def test_has_unique_names(self, extractor) -> None:
        assert len(set(extractor.names())) == len(extractor.names()) > 0

    def test_repeats_itself_and_leaves_the_signal_alone(self, extractor, make_voice) -> None:
        signal = make_voice(rate=extractor.sample_rate)
        before = signal.copy()
        first, second = (extractor.extract(signal, extractor.sample_rate) for _ in range(2))
        assert first.tobytes() == second.tobytes()
        assert signal.tobytes() == before.tobytes()

    def test_reads_the_signal(self, extractor, make_voice) -> None:
        vectors = [extractor.extract(make_voice(pitch=pitch), extractor.sample_rate) for pitch in (110.0, 220.0)]
        assert not np.array_equal(*vectors)

    def test_extracts_a_batch_as_it_does_each_signal(self, extractor, make_voice) -> None:
        signals = [make_voice(seconds) for seconds in (0.3, 0.5)]
        together = extractor.extract_batch(signals, extractor.sample_rate)
        alone = [extractor.extract(signal, extractor.sample_rate) for signal in signals]
        assert [v.tobytes() for v in together] == [v.tobytes() for v in alone]

    def test_is_not_finite_where_the_signal_is_too_short(self, extractor, make_voice) -> None:
        assert np.isnan(extractor.extract(make_voice(0.02), extractor.sample_rate)).all()

    def test_refuses_another_rate(self, extractor, make_voice) -> None:
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

    def test_bounds_its_processes(self, extractor) -> None:
        assert 1 <= extractor.processes(4) <= 4


@pytest.mark.parametrize(("feature_set", "dims"), DIMS.items())
def test_opensmile_gives_the_published_number_of_functionals(feature_set: str, dims: int) -> None:
    assert len(OpenSmile(feature_set=feature_set).names()) == dims


def test_samples_beyond_full_scale_do_not_wrap_round(make_voice) -> None:
    loud = make_voice() * 8
    assert loud.max() > 1
    wrapped = OpenSmile().extract(loud, 16000)
    assert np.array_equal(wrapped, OpenSmile().extract(loud.clip(-1, 32767 / 32768), 16000))


def test_emobase_of_a_known_signal_is_what_it_was(make_voice) -> None:
    """Tolerance: 0.1 % of each value, or 1e-7 where that is more (platforms differ in their last digits)."""
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        golden = {row["feature"]: float(row["value"]) for row in csv.DictReader(stream)}
    vector = OpenSmile().extract(make_voice(1.0), 16000)
    assert OpenSmile().names() == tuple(golden)
    np.testing.assert_allclose(vector, np.array(list(golden.values())), rtol=1e-3, atol=1e-7)


class _Experiment(Frozen):
    features: FeatureConfig


def test_a_wrong_configuration_is_refused_with_the_good_values() -> None:
    wrong = {"name": "opensmile", "feature_set": "emobas", "on_bad_input": "skip", "workers": 2}
    with pytest.raises(ConfigError) as refusal:
        validate(_Experiment, Document({"features": wrong}))
    assert str(refusal.value).splitlines() == [
        "config: features.on_bad_input: should be 'error' or 'drop', got \"skip\"",
        "config: features.feature_set: should be 'emobase', 'eGeMAPSv02' or 'ComParE_2016', got \"emobas\"",
        "config: features.workers: unknown key (choose from name, on_bad_input, feature_set)",
    ]
