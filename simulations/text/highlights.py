"""Texts with their words highlighted: the darker, the more a word says for (blue) or against (red) the prediction."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape

from fedser.metrics.attribution import scaled
from simulations.text.attributed import words_in
from simulations.text.explaining import Explained
from simulations.text.files import StudyFiles
from simulations.text.lexicons.entries import Entries
from simulations.text.study import GENERAL
from simulations.text.task import CLASSES

_FOR, _AGAINST = "0, 114, 178", "213, 94, 0"  # of the house's palette, which colour-blind readers tell apart
_DEEPEST = 0.75


class Line(NamedTuple):
    """What one model says of a text."""

    model: str
    predicted: str
    probability: str
    right: bool
    text: Markup


class Shown(NamedTuple):
    """One text, as every model explains it."""

    id: str
    label: str
    value: str
    why: str
    lines: list[Line]


def shown_texts(files: StudyFiles, listed: Entries) -> list[Shown]:
    """Half of them those in which models differ most in words of the attribute, half drawn among the others."""
    study, method = files.study, files.study.explain.methods[0].name
    general = files.explanations[GENERAL]
    mine = files.texts[files.texts["method"] == method]
    widest = mine.groupby("id")["mad"].agg(lambda values: float(values.abs().max()))
    order = sorted(range(len(general)), key=lambda row: (-widest.get(general[row]["id"], 0.0), general[row]["id"]))
    half = min(study.explain.shown, len(order)) // 2
    rest = study.stream("shown").numpy().permutation(len(order) - half)[: min(study.explain.shown, len(order)) - half]
    rows = [(row, "largest difference in listed words") for row in order[:half]]
    rows += [(order[half + int(place)], "drawn at random") for place in np.sort(rest)]
    return [_shown(files, row, why, method, listed) for row, why in rows]


def _shown(files: StudyFiles, row: int, why: str, method: str, listed: Entries) -> Shown:
    one = files.explanations[GENERAL][row]
    lines = [_line(model, files.explanations[model][row], method, listed) for model in files.models]
    return Shown(one["id"], CLASSES[one["label"]], files.study.values[one["value"]], why, lines)


def _line(model: str, one: Explained, method: str, listed: Entries) -> Line:
    words, predicted = words_in(one), one["predicted"]
    signs = listed.listed(words)
    text = highlighted(one, one["methods"][method]["weights"], [word in signs for word in words])
    chance = f"{one['probabilities'][predicted]:.2f}"
    return Line(model, CLASSES[predicted], chance, predicted == one["label"], text)


def highlighted(one: Explained, weights: list[float], listed: list[bool]) -> Markup:
    """The text as HTML: a ``mark`` for each word that says something, dotted below where a list names it."""
    return Markup("").join(_pieces(one, scaled(weights), weights, listed))


def _pieces(one: Explained, shares: list[float], weights: list[float], listed: list[bool]) -> Iterator[Markup]:
    done = 0
    for (start, end), share, weight, named in zip(one["spans"], shares, weights, listed, strict=True):
        yield escape(one["text"][done:start])
        word, colour = escape(one["text"][start:end]), _FOR if weight > 0 else _AGAINST
        shade = f"background: rgba({colour}, {_DEEPEST * abs(share):.2f})"
        kind = ' class="listed"' if named else ""
        yield Markup(f'<mark{kind} style="{shade}" title="{weight:+.3f}">{word}</mark>')
        done = end
    yield escape(one["text"][done:])
