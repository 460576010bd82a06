"""What explanations rest on: words tied to an attribute (MAD), and words that mean the opposite of the label (P_sc).

Jaiswal and Mower Provost 2021 ("Why Should I Trust a Model is Private? Using Shifts in Model Explanation for Evaluating
Privacy-Preserving Emotion Recognition Model", arXiv 2104.08792), eq. 1 to 3. An explanation is the words of a text with
their weights. What the equations leave open is decided so:

- weights are divided by the largest of their text, since those of two models have no common unit, and a word is in the
  explanation's set from a ``threshold`` on;
- of a word that occurs several times in a text the largest weight counts;
- G, the number of listed words in the general model's set, may be 0, where eq. 1 divides by it: it is 1 there;
- eq. 2 closes its bracket before c_p, while the text says a ratio to all words: both counts are divided;
- c counts words, as the text has it; ``weighted`` adds their weights instead, as c(|w|) may be read;
- the middle class has no opposite: where it is true, c_p is 0.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from fedser.errors import InputError

Explanation = Mapping[str, float]
"""The words of one text that an explanation names, each with its signed weight."""

LOW, MIDDLE, HIGH = range(3)
"""The three classes, and the bins of a rated lexicon."""


def scaled(weights: Sequence[float]) -> list[float]:
    """The weights divided by the largest absolute one; all 0 where there is nothing but 0."""
    most = max(map(abs, weights), default=0.0)
    return [weight / most if most else 0.0 for weight in weights]


def explanation_set(words: Sequence[str], weights: Sequence[float], threshold: float) -> dict[str, float]:
    """E(M) of one text: its different words with the (scaled) weight largest in size, if that reaches ``threshold``."""
    found: dict[str, float] = {}
    for word, weight in zip(words, scaled(weights), strict=True):
        if abs(weight) >= threshold and abs(weight) > abs(found.get(word, 0.0)):
            found[word] = weight
    return found


def attribution_difference(general: Explanation, other: Explanation, listed: Collection[str]) -> float:
    """The summand of eq. 1: what ``other`` avoids of the ``listed`` words, less what it adds of them, over G."""
    avoided = [abs(weight) for word, weight in general.items() if word in listed and word not in other]  # E_d
    added = [abs(weight) for word, weight in other.items() if word in listed and word not in general]  # E_a
    relied = sum(word in listed for word in general)  # G
    return (sum(avoided) - sum(added)) / max(relied, 1)


def spurious(
    weights: Sequence[float], bins: Sequence[int | None], truth: int, threshold: float, weighted: bool = False
) -> float:
    """P_sc of one text (eq. 2): the share of its words that speak against what they mean.

    ``weights`` and ``bins`` are those of every word of the text, bins None where the lexicon does not know the word.
    Counted are words that speak against the prediction and are in the bin of ``truth`` (c_n), and words that speak for
    it and are in the opposite bin (c_p). Raises InputError for a text without words.
    """
    if not weights:
        raise InputError("spurious correlations: a text without words has no share of them")
    opposite = {LOW: HIGH, HIGH: LOW}.get(truth)
    wrong = [
        abs(weight)
        for weight, found in zip(scaled(weights), bins, strict=True)
        if abs(weight) >= threshold
        and found is not None
        and ((weight < 0 and found == truth) or (weight > 0 and found == opposite))
    ]
    return (sum(wrong) if weighted else len(wrong)) / len(weights)


def mean(values: Sequence[float]) -> float:
    """MAD (eq. 1) and P_sc (eq. 3) of a model, from those of its texts; NaN without any."""
    return float(np.mean(values)) if len(values) else float("nan")
