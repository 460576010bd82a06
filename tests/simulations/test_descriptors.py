"""Every name that openSMILE gives is taken apart, and is of one family of descriptors."""

import numpy as np
import pytest

from fedser.features import Lmfb, OpenSmile
from simulations.descriptors import FAMILIES, by_family, described, names_of

SETS = ["emobase", "eGeMAPSv02", "ComParE_2016", "eGeMAPSv01a", "GeMAPSv01a", "IS09", "IS10", "IS11", "IS12", "IS13"]
LEVELS = ["Functionals", "LowLevelDescriptors", "LowLevelDescriptors_Deltas"]
PAIRS = [(name, level) for name in SETS for level in LEVELS if "GeMAPS" not in name or "Deltas" not in level]


@pytest.mark.parametrize(("feature_set", "level"), PAIRS)
def test_every_name_is_of_exactly_one_family(feature_set: str, level: str) -> None:
    names = names_of(OpenSmile(feature_set=feature_set, level=level))
    places = np.concatenate(list(by_family(names).values()))
    assert len(names) and sorted(places.tolist()) == list(range(len(names)))
    for name in names:
        parts = described(name)
        assert "_".join(filter(None, (parts.descriptor, parts.functional))) == name


def test_emobase_is_counted_by_hand() -> None:
    """19 functionals of a descriptor and of its change: 12 MFCC, 8 LSP, intensity and loudness, three of pitch, ZCR."""
    found = {family: len(places) for family, places in by_family(names_of(OpenSmile())).items()}
    assert found == {"pitch": 3 * 38, "energy": 2 * 38, "mfcc": 12 * 38, "lsp": 8 * 38, "zero crossings": 38}


@pytest.mark.parametrize(
    ("name", "descriptor", "functional", "family"),
    [
        ("mfcc_sma_de[3]_iqr1-2", "mfcc_sma_de[3]", "iqr1-2", "mfcc"),
        ("F0semitoneFrom27.5Hz_sma3nz_percentile20.0", "F0semitoneFrom27.5Hz_sma3nz", "percentile20.0", "pitch"),
        ("F1amplitudeLogRelF0_sma3nz_amean", "F1amplitudeLogRelF0_sma3nz", "amean", "formants"),
        ("audspec_lengthL1norm_sma_range", "audspec_lengthL1norm_sma", "range", "energy"),
        ("audSpec_Rfilt_sma[0]_maxPos", "audSpec_Rfilt_sma[0]", "maxPos", "spectrum"),
        ("logRelF0-H1-A3_sma3nz_amean", "logRelF0-H1-A3_sma3nz", "amean", "spectrum"),
        ("slopeUV0-500_sma3nz_amean", "slopeUV0-500_sma3nz", "amean", "spectrum"),
        ("pcm_fftMag_mfcc_sma[1]_max", "pcm_fftMag_mfcc_sma[1]", "max", "mfcc"),
        ("logHNR_sma", "logHNR_sma", "", "voice quality"),
        ("loudnessPeaksPerSec", "loudnessPeaksPerSec", "", "rhythm"),
        ("equivalentSoundLevel_dBp", "equivalentSoundLevel_dBp", "", "energy"),
    ],
)
def test_a_name_is_taken_apart(name: str, descriptor: str, functional: str, family: str) -> None:
    assert described(name) == (name, descriptor, functional, family) and family in FAMILIES


def test_other_features_have_no_such_names() -> None:
    assert names_of(Lmfb()) == ()
    with pytest.raises(KeyError, match="apc_0: of 0 families"):
        described("apc_0")
