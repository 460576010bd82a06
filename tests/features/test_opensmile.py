"""openSMILE: the numbers of the toolkit, all of its sets and levels, and what is refused."""

import csv
import warnings
from pathlib import Path
from typing import Any, get_args

import numpy as np
import opensmile
import pytest
from opensmile.core.lib import OpenSMILE

from fedser.config import Frozen, validate
from fedser.config.document import Document
from fedser.errors import ConfigError, FedserError
from fedser.features import FeatureConfig
from fedser.features.opensmile import Level, OpenSmile, SetName

GOLDEN = Path(__file__).with_name("emobase_golden.csv")
DIMS = {
    "emobase": (988, 26),
    "eGeMAPSv02": (88, 25),
    "eGeMAPSv01b": (88, 23),
    "eGeMAPSv01a": (88, 23),
    "eGeMAPS": (88, 23),
    "GeMAPSv01b": (62, 18),
    "GeMAPSv01a": (62, 18),
    "GeMAPS": (62, 18),
    "IS09": (384, 16),
    "IS10": (1582, 38),
    "IS11": (4368, 59),
    "IS12": (6125, 64),
    "IS13": (6373, 65),
    "ComParE_2016": (6373, 65),
}
"""How many functionals and low-level descriptors the sets' papers count (IS12: its compatible version)."""

POSSIBLE = [
    (feature_set, level)
    for feature_set in get_args(SetName)
    for level in get_args(Level)
    if not (level.endswith("Deltas") and "GeMAPS" in feature_set)
]


def toolkit(feature_set: str, level: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the older names
        return opensmile.Smile(opensmile.FeatureSet[feature_set], opensmile.FeatureLevel[level])


def test_every_set_and_level_of_the_toolkit_can_be_chosen() -> None:
    assert set(get_args(SetName)) == set(opensmile.FeatureSet.__members__)
    assert set(get_args(Level)) == set(opensmile.FeatureLevel.__members__)


@pytest.mark.parametrize(("feature_set", "dims"), DIMS.items())
def test_sets_have_the_published_dimensions(feature_set: str, dims: tuple[int, int]) -> None:
    sizes = [
        len(OpenSmile(feature_set=feature_set, level=level).names()) for level in ("Functionals", "LowLevelDescriptors")
    ]
    assert tuple(sizes) == dims


@pytest.mark.parametrize(("feature_set", "level"), POSSIBLE)
def test_numbers_are_bit_for_bit_those_of_the_toolkits_own_package(feature_set: str, level: str, make_voice) -> None:
    """Also after a longer and a too short signal: nothing of one utterance reaches the next."""
    theirs = toolkit(feature_set, level)
    pooling = "mean" if level == "Functionals" else "none"
    ours = OpenSmile(feature_set=feature_set, level=level, pooling=pooling)
    assert ours.names() == tuple(theirs.feature_names)
    for seconds in (0.6, 0.01, 0.4):
        signal = make_voice(seconds)
        if seconds == 0.01:
            assert np.isnan(ours.extract(signal, 16000)).all()
            continue
        expected = theirs(signal, 16000)[0].T.astype(np.float32)
        assert np.atleast_2d(ours.extract(signal, 16000)).tobytes() == np.ascontiguousarray(expected).tobytes()


def test_the_mean_is_that_of_the_frames(make_voice) -> None:
    mean, frames = (
        OpenSmile(feature_set="GeMAPSv01b", level="LowLevelDescriptors", pooling=pooling).extract(make_voice(), 16000)
        for pooling in ("mean", "none")
    )
    assert frames.shape == (46, 18)
    np.testing.assert_allclose(mean, frames.mean(axis=0), rtol=1e-5)


def test_labels_tell_levels_apart() -> None:
    lld = {"feature_set": "IS09", "level": "LowLevelDescriptors"}
    assert OpenSmile().label == "emobase"
    assert OpenSmile(**lld).label == "IS09 LLD"
    assert OpenSmile(**lld, pooling="none").label == "IS09 LLD frames"
    assert OpenSmile(level="LowLevelDescriptors_Deltas").label == "emobase LLD deltas"


def test_samples_beyond_full_scale_do_not_wrap_round(make_voice) -> None:
    loud = make_voice() * 8
    assert loud.max() > 1
    wrapped = OpenSmile().extract(loud, 16000)
    assert np.array_equal(wrapped, OpenSmile().extract(loud.clip(-1, 32767 / 32768), 16000))


def test_a_signal_that_the_library_does_not_take_is_an_error(make_voice, monkeypatch) -> None:
    monkeypatch.setattr(OpenSMILE, "external_audio_source_write_data", lambda self, component, data: False)
    with pytest.raises(FedserError, match=r"^openSMILE emobase: did not take a signal of 8000 samples$"):
        OpenSmile().extract(make_voice(), 16000)


def test_emobase_of_a_known_signal_is_what_it_was(make_voice) -> None:
    """Tolerance: 0.1 % of each value, or 1e-7 where that is more (platforms differ in their last digits)."""
    with GOLDEN.open(encoding="utf-8", newline="") as stream:
        golden = {row["feature"]: float(row["value"]) for row in csv.DictReader(stream)}
    vector = OpenSmile().extract(make_voice(1.0), 16000)
    assert OpenSmile().names() == tuple(golden)
    np.testing.assert_allclose(vector, np.array(list(golden.values())), rtol=1e-3, atol=1e-7)


class _Experiment(Frozen):
    features: FeatureConfig


def refusal(**settings: object) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        validate(_Experiment, Document({"features": {"name": "opensmile"} | settings}))
    return str(refused.value).splitlines()


def test_a_wrong_configuration_is_refused_with_the_good_values() -> None:
    names = ", ".join(map(repr, get_args(SetName)[:-1]))
    assert refusal(feature_set="emobas", on_bad_input="skip", workers=2) == [
        "config: features.on_bad_input: should be 'error' or 'drop', got \"skip\"",
        f"config: features.feature_set: should be {names} or 'ComParE_2016', got \"emobas\"",
        "config: features.workers: unknown key (choose from name, on_bad_input, pooling, feature_set, level)",
    ]


def test_what_a_set_has_not_is_refused() -> None:
    assert refusal(pooling="none") == [
        "config: features.pooling: functionals are one vector, without frames (choose 'mean', or level:"
        " LowLevelDescriptors or LowLevelDescriptors_Deltas)"
    ]
    assert refusal(feature_set="eGeMAPSv02", level="LowLevelDescriptors_Deltas") == [
        "config: features.level: eGeMAPSv02 has no deltas (sets that have them: emobase, IS09, IS10, IS11, IS12,"
        " IS13, ComParE_2016)"
    ]
