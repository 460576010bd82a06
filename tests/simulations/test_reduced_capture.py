"""A study that captures only what its attacks make of updates: the same scores, and a fraction of the disk."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fedser.errors import ConfigError

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]

ATTACKS = [{"name": "logistic"}, {"name": "majority"}, {"name": "permuted", "permutations": 2}]
REDUCED = {"store": "reductions"}


@pytest.mark.parametrize("algorithm", [{"name": "fedsgd"}, {"name": "fedavg", "optimizer": {"name": "sgd"}}])
def test_the_scores_are_those_of_whole_updates(fedser: Cli, config: Write, tmp_path: Path, algorithm) -> None:
    scores, sizes = {}, {}
    for capture in ({}, REDUCED):
        out = tmp_path / str(len(capture))
        path = config(attacks=ATTACKS, oracle=None, capture=capture, algorithm=algorithm | {"client_fraction": 0.5})
        code, _, errors = fedser("run", path, "--out", out)
        assert code == 0, errors
        scores[out.name] = [(out / "attack" / one["name"] / "scores.csv").read_bytes() for one in ATTACKS]
        sizes[out.name] = sum(path.stat().st_size for path in out.glob("simulate/*/updates/*"))
    assert scores["0"] == scores["1"]
    assert sizes["1"] < sizes["0"] / 5


def test_an_attack_that_needs_nothing_else_is_added_without_training_again(
    fedser: Cli, config: Write, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    assert fedser("run", config(capture=REDUCED, rounds=2), "--out", out)[0] == 0
    shards = sorted(out.glob("simulate/*/updates/round-*"))
    before = [path.stat().st_mtime_ns for path in shards]
    assert fedser("run", config(capture=REDUCED, rounds=2, attacks=ATTACKS), "--out", out, "--continue")[0] == 0
    assert [path.stat().st_mtime_ns for path in shards] == before


def test_what_needs_more_is_refused_before_any_work(fedser: Cli, config: Write, tmp_path: Path) -> None:
    nothing = "capture.store: reductions, but no attack declares one, so that nothing would be kept"
    for attacks, message in (
        (
            [*ATTACKS, {"name": "cnn"}],
            "attack cnn: reads whole updates, but capture.store: reductions keeps only mean_",
        ),
        ([{"name": "majority"}], nothing),
        ([{"name": "cnn"}], nothing),
    ):
        path = config(capture=REDUCED, attacks=attacks)
        for command in (("check", path), ("run", path, "--out", tmp_path / "run")):
            code, _, errors = fedser(*command)
            assert code == 2 and message in " ".join(errors.split())
    both = config(capture=REDUCED | {"precision": "float16"})
    code, _, errors = fedser("check", both)
    assert code == 2 and "capture: layers and precision are of whole updates" in " ".join(errors.split())
    assert not (tmp_path / "run").exists()


def test_every_attack_that_cannot_be_used_is_told_at_once(
    fedser: Cli, config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing of a capture that would be all right without them."""

    def refuse(parameters: object, attack: str) -> None:
        raise ConfigError(f"attack {attack}: the first layer is not dense")

    monkeypatch.setattr("attacks.logistic.first_dense", refuse)
    attacks = [*ATTACKS, {"name": "cnn", "layers": ["dense7"]}]
    code, _, errors = fedser("check", config(capture=REDUCED, attacks=attacks))
    assert code == 2 and errors.splitlines() == [
        "fedser: attack logistic: the first layer is not dense",
        "attack logistic: the first layer is not dense",
        "attack cnn: layers: unknown dense7 (choose from dense1, dense2, dense3)",
    ]


def test_check_counts_the_smaller_disk(fedser: Cli, config: Write) -> None:
    _, whole, _ = fedser("check", config())
    _, reduced, _ = fedser("check", config(capture=REDUCED))
    before, after = disk(whole), disk(reduced)
    # 6 rounds of 2 trainings, each of 2 clients; 988-16-8-4 has 15,996 parameters, and the mean input 988 numbers.
    assert before[0] == pytest.approx(6 * 2 * (2 + 1) * 4 * 15996 / 2**20, abs=0.06)
    assert after[0] == pytest.approx(6 * 2 * 2 * 4 * 988 / 2**20, abs=0.06)


def test_check_counts_what_clients_keep(fedser: Cli, config: Write) -> None:
    counts = {}
    for name, share in {"nothing": 1.0, "a model": 0.1}.items():
        _, shown, _ = fedser("check", config(adversary="both", defenses=[{"name": "top_k", "share": share}]))
        clients = next(line for line in shown.splitlines() if "clients over all trainings" in line)
        counts[name] = disk(shown), [int(number) for number in re.findall(r"\d+", clients)]
    (before, clients), (after, _) = counts.values()
    kept = [after_ - before_ for before_, after_ in zip(before, after, strict=True)]
    # Of those who do not defend themselves, no client keeps anything.
    expected = [number * 4 * 15996 / 2**20 for number in clients[:2]] + [0.0]
    assert kept == pytest.approx(expected, abs=0.11)


def disk(shown: str) -> list[float]:
    line = next(line for line in shown.splitlines() if "disk" in line)
    return [float(number) for number in re.findall(r"([\d.]+) MiB", line)]
