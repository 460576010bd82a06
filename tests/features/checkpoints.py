"""Checkpoints in exactly the official formats, but narrow and with random weights.

Their keys and settings are those that s3prl's own loaders read (upstream/{apc,npc,mockingjay,decoar2}) and that its
pretraining writes; the other settings are those of its pretraining configurations. DeCoAR 2.0 has one size, fixed in
s3prl's code: a test shrinks it there with ``NARROW``.
"""

import warnings
from argparse import Namespace
from pathlib import Path
from typing import Any

import torch

WIDTH = 16
NARROW = {"encoder_embed_dim": 32, "encoder_layers": 3, "encoder_ffn_embed_dim": 48, "encoder_attention_heads": 4}
"""DeCoAR 2.0's size in tests, for s3prl's dictionary of it."""

FBANK = {"feat_type": "fbank", "feat_dim": 80, "frame_length": 25, "frame_shift": 10, "decode_wav": False, "cmvn": True}
APC = {"num_layers": 3, "hidden_size": WIDTH, "dropout": 0.1, "residual": True}
VQ = {"codebook_size": [8], "code_dim": [WIDTH], "gumbel_temperature": 0.5}
NPC = {
    "kernel_size": 15,
    "mask_size": 5,
    "n_blocks": 4,
    "hidden_size": WIDTH,
    "dropout": 0.1,
    "residual": True,
    "batch_norm": True,
    "activate": "relu",
    "disable_cross_layer": False,
    "vq": {"codebook_size": [4, 4], "code_dim": [8, 8], "gumbel_temperature": 1.0},
}
TRANSFORMER = {
    "input_dim": -1,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
    "attention_probs_dropout_prob": 0.1,
    "initializer_range": 0.02,
    "layer_norm_eps": 1e-12,
    "share_layer": False,
    "pre_layer_norm": False,
}
MEL = {"feat_type": "mel", "channel": 0, "log": True, "delta": 0, "cmvn": True}
LOG_MEL = {"target_level": -25, "win_ms": 25, "hop_ms": 10, "n_freq": 201, "n_mels": 80, "n_mfcc": 13}
KALDI = {
    "kaldi": {
        "feat_type": "fbank",
        "fbank": {"num_mel_bins": 80, "frame_length": 25.0, "frame_shift": 10.0, "use_log_fbank": True},
    },
    "delta": {"order": 2, "win_length": 5},
    "cmvn": {"use_cmvn": True},
}


def write_all(folder: Path) -> None:
    """One file of each kind in ``folder``: NAME.ckpt, and tera_fbank.ckpt; narrow for DeCoAR 2.0 if s3prl is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        torch.save(apc(), folder / "apc.ckpt")
        torch.save(apc(vq=VQ), folder / "vq_apc.ckpt")
        torch.save(npc(), folder / "npc.ckpt")
        torch.save(tera(LOG_MEL | {"input": MEL, "target": MEL | {"channel": 1}}, 80), folder / "tera.ckpt")
        torch.save(tera(KALDI, 240), folder / "tera_fbank.ckpt")
        torch.save(decoar2(), folder / "decoar2.ckpt")


def apc(**more: Any) -> dict[str, Any]:
    from s3prl.upstream.apc import apc as s3prl

    paras = APC | more
    return _with_training({"model": s3prl.APC(80, **paras).state_dict(), "config": _config(paras)})


def npc() -> dict[str, Any]:
    from s3prl.upstream.npc import npc as s3prl

    weights = s3prl.NPC(80, **NPC).state_dict()
    for name, value in weights.items():
        if name.endswith("running_mean"):
            value.uniform_(-0.2, 0.2)
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
    return _with_training({"model": weights, "config": _config(NPC)})


def tera(audio: dict[str, Any], features: int) -> dict[str, Any]:
    from s3prl.upstream.mockingjay.model import TransformerConfig, TransformerModel, TransformerSpecPredictionHead

    config = TransformerConfig(TRANSFORMER)
    task = {"loss": "L1", "sequence_length": 150, "mask_proportion": 0.15, "noise_proportion": 0.15}
    weights = TransformerModel(config, features).state_dict()
    for value in weights.values():
        value += 0.1 * torch.randn_like(value)  # as they are first drawn, the layers all but repeat their input
    return _with_training(
        {
            "Transformer": weights,
            "SpecHead": TransformerSpecPredictionHead(config, features).state_dict(),
            "Upstream_Config": {"transformer": TRANSFORMER, "task": task, "audio": audio},
            "Config": {"runner": {"total_steps": 10}, "optimizer": {"name": "AdamW", "lr": 2e-4}},
        }
    )


def decoar2() -> dict[str, Any]:
    from s3prl.upstream.decoar2.decoar2 import Decoar2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        weights = Decoar2().state_dict()
    return {"args": Namespace(arch="decoar2"), "model": weights | {"quantizer.vars": torch.randn(1, 4, 8)}}


def _config(paras: dict[str, Any]) -> dict[str, Any]:
    task = {"sequence_length": 1500, "n_future": 5}
    return {"model": {"paras": paras}, "task": task, "data": {"audio": FBANK}}


def _with_training(state: dict[str, Any]) -> dict[str, Any]:
    """What training leaves in a file beside the weights."""
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(layer.parameters())
    return state | {"Optimizer": optimizer.state_dict(), "Step": 10, "Args": Namespace(device="cuda", seed=1337)}
