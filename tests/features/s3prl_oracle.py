"""Run by itself: the hidden states that s3prl gives by its own whole path, from a waveform to an .npz file.

    python s3prl_oracle.py CHECKPOINTS WAVEFORM.npy OUT.npz

Where torchaudio's compiled library does not fit the torch beside it, only its Python is imported: what s3prl calls of
it here is nothing but that. Exits with 77 where not even this can be had.
"""

import sys
import types
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from checkpoints import NARROW

EXPERTS = {"apc": "apc", "vq_apc": "vq_apc", "npc": "npc", "tera": "tera", "tera_fbank": "tera", "decoar2": "decoar2"}


def main(checkpoints: Path, waveform: Path, out: Path) -> None:
    try:
        torchaudio()
        experts = {name: import_module(f"s3prl.upstream.{module}.expert") for name, module in EXPERTS.items()}
    except (ImportError, OSError, AttributeError) as error:
        print(error)
        sys.exit(77)
    # The files are the tests' own, and hold what training left in them.
    torch.load = partial(torch.load, weights_only=False)
    import_module("s3prl.upstream.decoar2.decoar2").args.update(NARROW)
    wave, states = torch.from_numpy(np.load(waveform)), {}
    for name, module in experts.items():
        expert = module.UpstreamExpert(str(checkpoints / f"{name}.ckpt")).eval()
        with torch.inference_mode():
            for layer, state in enumerate(expert([wave])["hidden_states"]):
                states[f"{name}/{layer}"] = state[0].numpy()
    np.savez(out, **states)


def torchaudio() -> None:
    try:
        import_module("torchaudio")
    except OSError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
            del sys.modules[name]
        extension = types.ModuleType("torchaudio._extension")
        extension.__dict__.update(
            _IS_TORCHAUDIO_EXT_AVAILABLE=False,
            _IS_RIR_AVAILABLE=False,
            _IS_ALIGN_AVAILABLE=False,
            fail_if_no_align=lambda function: function,
        )
        sys.modules["torchaudio._extension"] = extension
        import_module("torchaudio")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
