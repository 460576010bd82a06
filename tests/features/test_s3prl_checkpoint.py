"""Checkpoint files of s3prl's networks: what is taken, what is refused and with which words, and what is never run."""

import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fedser.errors import ConfigError, FedserError, InputError
from fedser.features.s3prl import Apc, Decoar2, Npc, Tera, VqApc
from fedser.features.s3prl.upstream import Upstream

UPSTREAMS = {"apc": Apc, "vq_apc": VqApc, "npc": Npc, "tera": Tera, "tera_fbank": Tera, "decoar2": Decoar2}
ADDRESS = "https://huggingface.co/leo19941227/apc_series/resolve/main/apc_360hr.ckpt"


def refusal(work: Callable[[], Any], kind: type[FedserError] = InputError) -> str:
    with pytest.raises(kind) as error:
        work()
    return str(error.value)


@pytest.fixture
def changed(checkpoints: Path, tmp_path: Path) -> Callable[..., str]:
    """Writes a checkpoint again after ``change`` of its content, and gives its path."""

    def write(name: str, change: Callable[[dict[str, Any]], Any], **options: Any) -> str:
        with torch.serialization.safe_globals([__import__("argparse").Namespace]):
            content = torch.load(checkpoints / f"{name}.ckpt", weights_only=True)
        change(content)
        torch.save(content, tmp_path / "changed.ckpt", **options)
        return str(tmp_path / "changed.ckpt")

    return write


@pytest.mark.parametrize(("name", "upstream"), UPSTREAMS.items())
def test_a_file_in_the_official_format_is_taken(checkpoints: Path, name: str, upstream: type[Upstream]) -> None:
    upstream(checkpoint=str(checkpoints / f"{name}.ckpt")).check()


def test_without_a_checkpoint_it_says_where_to_get_it() -> None:
    advice = (
        f"download the official weights of APC, apc_360hr.ckpt, from {ADDRESS}"
        " and give their path: --set features.checkpoint=apc_360hr.ckpt"
    )
    for work in (Apc().check, Apc().version):
        assert advice in refusal(work, FedserError)
    assert refusal(Apc().names, ConfigError) == f"features.checkpoint: not set; {advice}"
    away = Apc(checkpoint="/nowhere/apc.ckpt")
    assert refusal(away.names) == f"features.checkpoint: no such file: /nowhere/apc.ckpt; {advice}"


@pytest.mark.parametrize("upstream", dict.fromkeys(UPSTREAMS.values()))
def test_every_upstream_says_where_its_weights_are(upstream: type[Upstream]) -> None:
    said = refusal(upstream().check)
    assert upstream.official.address in said
    assert upstream.official.address.startswith("https://huggingface.co/")


def test_a_path_is_taken_from_the_working_directory(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkpoints)
    assert Apc(checkpoint="apc.ckpt").version() == Apc(checkpoint=str(checkpoints / "apc.ckpt")).version()


def test_the_hash_is_in_the_version_and_checked_when_given(checkpoints: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(checkpoints / "apc.ckpt", tmp_path))
    right = sha256(path.read_bytes()).hexdigest()
    apc = Apc(checkpoint=str(path), sha256=right)
    apc.check()
    assert right in apc.version()
    shutil.copy(checkpoints / "vq_apc.ckpt", path)
    other = sha256(path.read_bytes()).hexdigest()
    assert refusal(apc.version) == f"{path}: its SHA-256 is {other}, not {right} (features.sha256)"
    assert other in VqApc(checkpoint=str(path)).version()


def test_names_need_the_settings_and_not_the_weights(changed) -> None:
    apc = Apc(checkpoint=changed("apc", lambda content: content.pop("model")))
    assert apc.names()[:2] == ("apc_0", "apc_1")
    found = "config, Optimizer, Step, Args"
    assert refusal(apc.check) == f"{apc.checkpoint}: not a checkpoint of APC: no model in it, but {found}"


@pytest.mark.parametrize(
    ("upstream", "file", "said"),
    [
        (Apc, "vq_apc", "has a codebook (vq): its features.name is vq_apc"),
        (VqApc, "apc", "has no codebook (vq): its features.name is apc"),
        (Apc, "tera", "not a checkpoint of APC\n{path}: model: Field required\n{path}: data: Field required"),
        (Tera, "apc", "not a checkpoint of TERA: no Upstream_Config or Config in it, but model, config, "),
        (Decoar2, "npc", "not a checkpoint of DeCoAR 2.0: model has no post_extract_proj.weight, "),
        (Npc, "apc", "not a checkpoint of NPC\n{path}: model.paras.kernel_size: Field required\n"),
    ],
)
def test_another_networks_file_is_refused(checkpoints: Path, upstream: type[Upstream], file: str, said: str) -> None:
    path = checkpoints / f"{file}.ckpt"
    assert refusal(upstream(checkpoint=str(path)).check).startswith(f"{path}: {said.format(path=path)}")


def test_weights_that_are_missing_or_too_many_are_named(changed) -> None:
    def lose(content: dict[str, Any]) -> None:
        for number in (0, 1):
            for part in ("weight_ih_l0", "weight_hh_l0"):
                del content["model"][f"rnn_layers.{number}.{part}"]

    apc = Apc(checkpoint=changed("apc", lose))
    assert refusal(apc.check) == (
        f"{apc.checkpoint}: not a checkpoint of APC: model has no rnn_layers.0.weight_ih_l0, rnn_layers.0.weight_hh_l0,"
        " rnn_layers.1.weight_ih_l0 and 1 more"
    )
    apc = Apc(checkpoint=changed("apc", lambda content: content["model"].update(other=torch.zeros(1))))
    problem = "model has weights that it does not know: other"
    assert refusal(apc.check) == f"{apc.checkpoint}: not a checkpoint of APC: {problem}"


def test_weights_of_another_shape_are_refused(changed) -> None:
    apc = Apc(checkpoint=changed("apc", lambda content: content["model"].update({"postnet.bias": torch.zeros(3)})))
    assert "size mismatch for postnet.bias" in refusal(apc.check)


def test_settings_that_cannot_be_followed_are_refused_all_at_once(changed) -> None:
    def change(content: dict[str, Any]) -> None:
        content["config"]["data"]["audio"].update(feat_type="mfcc", dither=1.0)

    apc = Apc(checkpoint=changed("apc", change))
    assert refusal(apc.names).splitlines() == [
        f"{apc.checkpoint}: not a checkpoint of APC",
        f"{apc.checkpoint}: data.audio.feat_type: Input should be 'fbank'",
        f"{apc.checkpoint}: data.audio.dither: Extra inputs are not permitted",
    ]


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "apc.ckpt"
    path.write_bytes(content)
    assert refusal(Apc(checkpoint=str(path)).names) == f"{path}: not written by torch.save, or cut short"


def test_a_file_that_was_cut_short_is_refused(checkpoints: Path, tmp_path: Path) -> None:
    path = tmp_path / "apc.ckpt"
    path.write_bytes((checkpoints / "apc.ckpt").read_bytes()[:-1000])
    assert refusal(Apc(checkpoint=str(path)).names) == f"{path}: not written by torch.save, or cut short"


@pytest.mark.parametrize("kept", [100, 700, 4000])
def test_an_older_file_that_was_cut_short_is_refused(changed, kept: int) -> None:
    path = Path(changed("apc", lambda content: None, _use_new_zipfile_serialization=False))
    path.write_bytes(path.read_bytes()[:kept])
    assert refusal(Apc(checkpoint=str(path)).names).startswith(f"{path}: cannot be read: ")


def test_a_file_that_holds_no_mapping_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "apc.ckpt"
    torch.save([1, 2], path)
    assert refusal(Apc(checkpoint=str(path)).names) == f"{path}: not a checkpoint of APC: holds a list, not a mapping"


class _Shell:
    """What nobody's training leaves in a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("true",))


class _Scheduler:
    """What training may have left in a file; reading it the usual way would create the file ``trace``."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return (np.savetxt, (str(self.trace), [1.0]))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", ["apc", "tera"])
def test_nothing_in_a_file_is_run(changed, tmp_path: Path, name: str, packed: bool) -> None:
    trace, options = tmp_path / "trace", {"_use_new_zipfile_serialization": packed}
    path = changed(name, lambda content: content.update(Scheduler=_Scheduler(trace)), **options)
    UPSTREAMS[name](checkpoint=path).check()
    assert not trace.exists()


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_calls_the_system_is_refused(changed, packed: bool) -> None:
    options = {"_use_new_zipfile_serialization": packed}
    path = changed("apc", lambda content: content.update(Scheduler=_Shell()), **options)
    reason = "it would have posix.system called, and nothing in a checkpoint is run"
    assert refusal(Apc(checkpoint=path).names) == f"{path}: cannot be read: {reason}"


def test_files_of_older_torch_are_read(changed, checkpoints: Path, make_voice) -> None:
    old = Apc(checkpoint=changed("apc", lambda content: None, _use_new_zipfile_serialization=False))
    new = Apc(checkpoint=str(checkpoints / "apc.ckpt"))
    vectors = [apc.extract(make_voice(), 16000).tobytes() for apc in (old, new)]
    assert vectors[0] == vectors[1]


def test_older_names_of_weights_are_known(changed, checkpoints: Path, make_voice) -> None:
    def rename(content: dict[str, Any]) -> None:
        content["Transformer"] = {
            name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
            for name, value in content["Transformer"].items()
        }
        content["Config"] = content.pop("Upstream_Config")

    old, new = Tera(checkpoint=changed("tera", rename)), Tera(checkpoint=str(checkpoints / "tera.ckpt"))
    assert old.extract(make_voice(), 16000).tobytes() == new.extract(make_voice(), 16000).tobytes()


@pytest.mark.parametrize("layer", [3, 30])
def test_a_layer_that_is_not_there_is_refused_with_those_that_are(checkpoints: Path, layer: int) -> None:
    apc = Apc(checkpoint=str(checkpoints / "apc.ckpt"), layer=layer)
    said = f"features.layer: APC has no layer {layer} (choose from last, 0, 1, 2)"
    assert refusal(apc.names, ConfigError) == refusal(apc.check) == said


def test_a_device_and_a_layer_that_are_not_there_are_told_together(checkpoints: Path) -> None:
    apc = Apc(checkpoint=str(checkpoints / "apc.ckpt"), layer=9, device="cuda:99")
    device, layer = refusal(apc.check).splitlines()
    assert device.startswith("features.device: 'cuda:99', but torch finds ")
    assert layer == "features.layer: APC has no layer 9 (choose from last, 0, 1, 2)"
