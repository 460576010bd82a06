"""Membership through the command line: what a run leaves, how it goes on, and what is refused before it begins."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from simulations.stages.prepared import Prepared

Cli = Callable[..., tuple[int, str, str]]
Write = Callable[..., Path]
ALL = ["cosine", "gradient_norm", "lira", "loss", "loss_rounds", "projection", "random"]
ASKED = {"attacks": [], "oracle": None, "membership": [{"name": name} for name in ALL]}


def starts(out: Path) -> dict[str, str]:
    return {path.parent.name: json.loads(path.read_text())["start"] for path in out.glob("membership/*/manifest.json")}


@pytest.mark.parametrize("algorithm", ["fedsgd", "fedavg"])
def test_a_run_tells_who_took_part_and_is_gone_on_with(
    fedser: Cli, config: Write, tmp_path: Path, algorithm: str
) -> None:
    out, path = tmp_path / "run", config(**ASKED, algorithm={"name": algorithm, "client_fraction": 0.5})
    code, _, errors = fedser("run", path, "--out", out)
    assert code == 0, errors
    table = pd.read_csv(out / "membership.csv")
    assert sorted(set(table["attack"])) == ALL
    assert set(zip(table["unit"], table["against"], strict=True)) == {
        ("utterance", "same_speakers"),
        ("utterance", "other_speakers"),
        ("speaker", "other_speakers"),
    }
    assert table[table["metric"] == "auc"]["value"].between(0, 1).all()
    assert table[table["metric"].str.startswith("tpr")]["value"].isna().all()  # 64 utterances resolve no 1 %
    data = Prepared(out / "features" / "private")
    known = table[(table["unit"] == "utterance") & (table["metric"] == "auc")].groupby("against").first()
    trained = sum(len(data.data(fold).open().partition.train.rows) for fold in range(2))
    assert (known["members"] == trained).all() and known.loc["other_speakers", "others"] == len(data.utterances)
    assert "Who took part" in (out / "report.html").read_text()
    before, result = starts(out), (out / "membership.csv").read_bytes()
    fewer = config(
        **ASKED | {"membership": ASKED["membership"][1:]}, algorithm={"name": algorithm, "client_fraction": 0.5}
    )
    assert fedser("run", fewer, "--out", out, "--continue")[0] == 0
    assert starts(out) == {name: start for name, start in before.items() if name != "cosine"}
    again = config(**ASKED, algorithm={"name": algorithm, "client_fraction": 0.5})
    assert fedser("run", again, "--out", out, "--continue")[0] == 0
    assert (out / "membership.csv").read_bytes() == result


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        (
            {"threat_model": {"knowledge": "final_model"}},
            [
                "membership.0: cosine needs broadcast, but threat_model.knowledge is final_model (choose broadcast or"
                " hyper_parameters, or leave the attack out)",
                "membership.4: loss_rounds needs broadcast",
                "membership.5: projection needs broadcast",
            ],
        ),
        (
            {"capture": {"store": "reductions"}, "attacks": [{"name": "logistic"}]},
            [
                "capture.store: reductions keeps no update and no broadcast model, which membership attack cosine reads"
                " (choose updates, or leave the attack out)",
            ],
        ),
        ({"trainings": {"shadow": 1}}, ["trainings.shadow: 1, but membership attack lira takes at least 2"]),
        (
            {"corpora": {"private": {"name": "synthetic", "corpus": "a", "speakers": 8}}},
            ["corpora: membership attacks rehearse on shadow trainings: name at least one corpus in corpora.shadow"],
        ),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    fedser: Cli, config: Write, changes: dict[str, object], messages: list[str]
) -> None:
    code, _, errors = fedser("check", config(**ASKED | changes))
    assert code == 2
    assert [message for message in messages if message not in " ".join(errors.split())] == [], errors


def test_list_says_what_membership_attacks_need(fedser: Cli) -> None:
    _, shown, _ = fedser("list")
    family = shown.partition("\nmembership\n")[2].splitlines()
    lines = {line.split()[0]: line for line in itertools.takewhile(lambda line: line.startswith("  "), family)}
    assert lines["lira"].endswith("(needs final model)") and lines["cosine"].endswith("(needs broadcast)")
