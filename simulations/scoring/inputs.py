"""``leaking_inputs.csv`` and ``leaking_families.csv``: which of the named inputs tell the attribute.

An input's ``contribution`` is the magnitude of its weight in the space where numbers are scaled over the shadow
updates, times the number's spread over the private updates, summed over classes; ``share`` is its part of all inputs.
A family's ``uar`` is that of the attack which learned from the inputs of this family alone, ``whole`` that of the
attack itself, with all inputs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fedser.metrics.folds import chance
from fedser.seeds import Stream
from simulations.descriptors import Descriptor, by_family, described
from simulations.scoring.answers import Unit, count, join
from simulations.scoring.settings import Scores
from simulations.scoring.tables import AttackScores, Truth

INPUTS_WORDS = ["attack", "layer", "input", "descriptor", "functional", "family"]
INPUTS_NUMBERS = ["weight", "contribution", "share"]
FAMILIES_WORDS = ["attack", "layer", "family", "unit"]
FAMILIES_NUMBERS = ["inputs", "share", "uar", "low", "high", "chance", "n", "whole"]
_UNITS: tuple[Unit, ...] = ("update", "speaker")


@dataclass(frozen=True)
class ReadInputs:
    """What one attack on one layer makes of its inputs.

    ``weights`` has one row per input, in their order, with the columns ``weight`` and ``contribution``; ``alone`` are
    the scores of the attack that learned from one family of descriptors alone.
    """

    attack: str
    layer: str
    weights: pd.DataFrame
    alone: Mapping[str, AttackScores]


def leaking_inputs(found: Iterable[ReadInputs], names: Sequence[str]) -> pd.DataFrame:
    """One row per attack, layer and input, the largest share first."""
    parts = [_shares(one, names).sort_values("share", ascending=False, kind="stable") for one in found]
    columns = INPUTS_WORDS + INPUTS_NUMBERS
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def leaking_families(
    found: Iterable[ReadInputs],
    attacks: Sequence[AttackScores],
    names: Sequence[str],
    truth: Truth,
    scores: Scores,
    stream: Stream,
) -> pd.DataFrame:
    """One row per attack, layer, family and unit; ``attacks`` has the scores of the attacks themselves."""
    whole = {(one.attack, one.layer): one for one in attacks}
    rows: list[dict[str, Any]] = []
    for one in found:
        rows += _rows(one, whole[one.attack, one.layer], _shares(one, names), truth, scores, stream)
    return pd.DataFrame(rows, columns=FAMILIES_WORDS + FAMILIES_NUMBERS)


def _shares(one: ReadInputs, names: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame([described(name) for name in names], columns=Descriptor._fields)
    table = table.rename(columns={"name": "input"}).assign(attack=one.attack, layer=one.layer)
    for column in ("weight", "contribution"):
        table[column] = one.weights[column].to_numpy("float64")
    total = table["contribution"].sum()
    return table.assign(share=table["contribution"] / total if total else 0.0)


def _rows(
    one: ReadInputs, whole: AttackScores, shares: pd.DataFrame, truth: Truth, scores: Scores, stream: Stream
) -> Iterator[dict[str, Any]]:
    share = shares.groupby("family")["share"].sum()
    for family, places in by_family(shares["input"].tolist()).items():
        for unit in _UNITS:
            yield {
                "attack": one.attack,
                "layer": one.layer,
                "family": family,
                "unit": unit,
                "inputs": len(places),
                "share": share[family],
                **_scored(one.alone[family], unit, truth, scores, stream),
                "whole": _scored(whole, unit, truth, scores, stream)["uar"],
            }


def _scored(one: AttackScores, unit: Unit, truth: Truth, scores: Scores, stream: Stream) -> dict[str, Any]:
    answers = join(one, truth)
    counts, number = count(answers, unit)
    found = scores.intervals()(counts, answers.people, "uar", stream("bootstrap").numpy())
    by_chance = chance(counts.sum(axis=1), "uar")
    return {"uar": found.value, "low": found.low, "high": found.high, "chance": by_chance, "n": number}
