"""MAD and P_sc of every model and method: what its explanations rest on (eq. 1 to 3), text by text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fedser.metrics.attribution import attribution_difference, explanation_set, mean, spurious
from fedser.metrics.permutation import holm
from fedser.metrics.recall import Floats
from fedser.seeds import Stream
from simulations.text.explaining import Explained
from simulations.text.lexicons.entries import Entries
from simulations.text.study import GENERAL
from simulations.text.words import plain

ATTRIBUTED = ["model", "method", "measure", "value", "low", "high", "n", "p", "p_holm", "without_listed"]
_RESAMPLES, _TAIL = 2000, 0.025

OfModels = Mapping[str, Sequence[Explained]]
"""By a model's label, the explained texts, the same ones in the same order."""


def text_scores(found: OfModels, listed: Entries, bins: Mapping[str, int], threshold: float) -> pd.DataFrame:
    """A row per model, method and text: ``mad`` (its summand), ``listed`` (G), ``p_sc`` and ``p_sc_weighted``.

    P_sc is NaN for texts that the general model gets wrong (eq. 3 is over the others).
    """
    rows = [
        row
        for model, texts in found.items()
        for one, general in zip(texts, found[GENERAL], strict=True)
        for row in _scores(model, one, general, listed, bins, threshold)
    ]
    return pd.DataFrame(rows)


def _scores(
    model: str, one: Explained, general: Explained, listed: Entries, bins: Mapping[str, int], threshold: float
) -> Iterator[dict[str, Any]]:
    right = general["predicted"] == general["label"]
    for method, told in one["methods"].items():
        mine, theirs = words_in(one), words_in(general)
        own = explanation_set(mine, told["weights"], threshold)
        reference = explanation_set(theirs, general["methods"][method]["weights"], threshold)
        signs = listed.listed(mine) | listed.listed(theirs)
        found = [bins.get(word) for word in mine]
        spoilt = {
            name: spurious(told["weights"], found, one["label"], threshold, weighted) if right else float("nan")
            for name, weighted in (("p_sc", False), ("p_sc_weighted", True))
        }
        yield {
            "model": model,
            "method": method,
            "id": one["id"],
            "mad": attribution_difference(reference, own, signs),
            "listed": sum(word in signs for word in reference),
        } | spoilt


def words_in(one: Explained) -> list[str]:
    """The words of an explained text, as lexicons have them."""
    return [plain(one["text"][start:end]) for start, end in one["spans"]]


def attributed(scores: pd.DataFrame, stream: Stream) -> pd.DataFrame:
    """MAD and P_sc of each model and method, with intervals over texts, and paired t-tests to the general model.

    Of P_sc the difference to General's is tested, of MAD whether it is 0, which General's is; ``p_holm`` is corrected
    for all models of a method and measure. ``without_listed`` is the share of texts whose general explanation has no
    listed word, where eq. 1 divides by 0.
    """
    rows: list[dict[str, Any]] = []
    for method, mine in scores.groupby("method", sort=False):
        for measure in ("mad", "p_sc", "p_sc_weighted"):
            by_model = {model: part[measure].to_numpy(np.float64) for model, part in mine.groupby("model", sort=False)}
            general = by_model[GENERAL]
            part = [_row(model, values, general, stream) for model, values in by_model.items()]
            corrected = holm(np.array([row["p"] for row in part]))
            nothing = float((mine[mine["model"] == GENERAL]["listed"] == 0).mean())
            rows += [
                {"method": method, "measure": measure, "without_listed": nothing} | row | {"p_holm": p}
                for row, p in zip(part, corrected, strict=True)
            ]
    return pd.DataFrame(rows, columns=ATTRIBUTED)


def _row(model: str, values: Floats, general: Floats, stream: Stream) -> dict[str, Any]:
    known = ~np.isnan(values)
    own, theirs = values[known], general[known]
    numbers = {"value": mean(own.tolist()), "n": len(own)}
    if not len(own):
        return {"model": model, "low": np.nan, "high": np.nan, "p": np.nan} | numbers
    draws = stream("resamples").numpy().integers(len(own), size=(_RESAMPLES, len(own)))
    low, high = np.quantile(own[draws].mean(axis=1), [_TAIL, 1.0 - _TAIL])
    return {"model": model, "low": low, "high": high, "p": paired_p(own, theirs)} | numbers


def paired_p(own: Floats, other: Floats) -> float:
    """The two-sided p-value of a paired t-test; NaN where nothing differs, or there is no pair but one."""
    from scipy.stats import ttest_rel

    differences = own - other
    if len(differences) < 2 or np.ptp(differences) == 0.0:
        return float("nan")
    return float(ttest_rel(own, other).pvalue)


def convergence(found: OfModels) -> pd.DataFrame:
    """How far attributions are from summing to what they should: median and 95 % of |delta|, and of its share."""
    rows = []
    for model, texts in found.items():
        for method in texts[0]["methods"] if texts else ():
            told = [one["methods"][method] for one in texts]
            if told[0]["delta"] is None:
                continue
            delta, relative = (np.abs([each[key] for each in told]) for key in ("delta", "relative"))
            rows.append(
                {
                    "model": model,
                    "method": method,
                    "delta_median": float(np.median(delta)),
                    "delta_95": float(np.quantile(delta, 0.95)),
                    "share_median": float(np.median(relative)),
                    "share_95": float(np.quantile(relative, 0.95)),
                    "n": len(told),
                }
            )
    columns = ["model", "method", "delta_median", "delta_95", "share_median", "share_95", "n"]
    return pd.DataFrame(rows, columns=columns)
