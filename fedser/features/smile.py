"""openSMILE's C library on one utterance, without the Python package's tables of frames around it.

The calls are those of ``opensmile.Smile``, with the same configuration files, and give the same bits. The objects that
the library builds for an utterance are freed with it: what came before cannot reach what comes after. While it works on
functionals it holds all of the utterance's descriptors: 280 MiB for each minute of audio with emobase.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fedser.errors import FedserError
from fedser.features.extractor import Frames, Signal
from fedser.pool.heap import keep_freed_memory

_LARGEST = np.float32(32767 / 32768)
_BYTES = 2  # of a sample


@cache
def element_names(feature_set: str, level: str, sample_rate: int) -> tuple[str, ...]:
    """openSMILE's names of what a set gives on a level (those of its enumerations)."""
    library = _started(feature_set, level, sample_rate)
    try:
        sink = _settings().EXTERNAL_OUTPUT_COMPONENT
        count = library.external_sink_get_num_elements(sink)
        return tuple(library.external_sink_get_element_name(sink, index) for index in range(count))
    finally:
        library.free()


def describe(signal: Signal, feature_set: str, level: str, sample_rate: int) -> Frames:
    """What a set gives of ``signal`` [samples] on a level, float32 [frames, dims]; no frames where it is too short.

    Functionals are one frame.
    """
    keep_freed_memory()
    return run(to_pcm(signal), feature_set, level, sample_rate)


def to_pcm(signal: Signal) -> bytes:
    """``signal`` as the 16-bit samples that openSMILE takes."""
    # A sample of 1.0 or more would wrap round to the other end of the 16 bits.
    clipped = np.clip(signal, -1, _LARGEST)
    return (clipped * np.float32(32768)).astype(np.int16).tobytes()


def run(pcm: bytes, feature_set: str, level: str, sample_rate: int) -> Frames:
    """``describe`` of 16-bit samples: nothing but what the library itself does."""
    settings, frames = _settings(), list[np.ndarray[Any, np.dtype[np.float32]]]()
    dims = len(element_names(feature_set, level, sample_rate))
    library = _started(feature_set, level, sample_rate)
    try:
        library.external_sink_set_callback_ex(
            settings.EXTERNAL_OUTPUT_COMPONENT, lambda data, meta: frames.append(data.copy())
        )
        if not library.external_audio_source_write_data(settings.EXTERNAL_SOURCE_COMPONENT, pcm):
            raise FedserError(f"openSMILE {feature_set}: did not take a signal of {len(pcm) // _BYTES} samples")
        library.external_audio_source_set_eoi(settings.EXTERNAL_SOURCE_COMPONENT)
        library.run()
    finally:
        library.free()
    return np.concatenate(frames) if frames else np.empty((0, dims), np.float32)


def _started(feature_set: str, level: str, sample_rate: int) -> Any:
    """The library with the configuration of a set, ready for one utterance."""
    from opensmile.core.lib import OpenSMILE

    file, options = _configuration(feature_set, level, sample_rate)
    library = OpenSMILE()
    library.initialize(file, options)
    return library


@cache
def _configuration(feature_set: str, level: str, sample_rate: int) -> tuple[str, dict[str, object]]:
    """The configuration file of a set, and the options of its script."""
    import opensmile

    settings = _settings()
    root = Path(opensmile.__file__).parent / "core" / settings.CONFIG_ROOT
    options = {
        "source": root / settings.EXTERNAL_INPUT_CONFIG,
        "sink": root / settings.EXTERNAL_OUTPUT_SINGLE_CONFIG,
        "sinkLevel": opensmile.FeatureLevel[level].value,
        "bufferModeRbConf": root / "shared" / "BufferModeRb.conf.inc",
        "frameModeFunctionalsConf": root / "shared" / "FrameModeFunctionals.conf.inc",
        "sampleRate": sample_rate,
        "nBits": 16,
    }
    return f"{root / opensmile.FeatureSet[feature_set].value}{settings.CONFIG_EXT}", dict(options)


def _settings() -> Any:
    """How the package's configuration files name their parts."""
    from opensmile.core.config import config

    return config
