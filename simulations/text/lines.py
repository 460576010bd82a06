"""A text study's tables as plain rows of text, ready for the page."""

from collections.abc import Sequence

import pandas as pd

from simulations.report.rows import NOTHING, Row, p_value
from simulations.text.files import StudyFiles
from simulations.text.published import table1
from simulations.text.study import GENERAL

PAPER_HEADS = ["model", "task, own", "task, other", "attribute, own", "attribute, other", "MAD", "P_sc"]
METHOD_HEADS = ["model", "method", "MAD", "p (Holm)", "P_sc", "p (Holm)", "P_sc, weighted", "n"]
CONVERGENCE_HEADS = ["model", "method", "median |delta|", "95 %", "median share", "95 %", "n"]
SWAP_HEADS = ["model", "from", "to", "times"]
LICENCE_HEADS = ["lexicon", "for", "source", "licence"]
_LEARNED = {"own": "", "across": "", "other": ", learned there"}


def result_heads(files: StudyFiles) -> list[str]:
    """``model``, the task per corpus, the attribute per corpus and reader, MAD and P_sc."""
    task = [f"{files.study.task.dimension}, {corpus}" for corpus in _corpora(files)]
    return [
        "model",
        *task,
        *(f"{files.study.attribute}, {corpus}{_LEARNED[learned]}" for corpus, learned in _asked(files)),
        "MAD",
        "P_sc",
    ]


def result_lines(files: StudyFiles) -> list[Row]:
    """One line per model: means over trainings with their deviation, and what explanations rest on.

    A star marks what differs from General with p < 0.05 after Holm.
    """
    task = files.tables["task"].set_index(["model", "corpus"])
    leakage = files.tables["leakage"].set_index(["model", "corpus", "learned_on"])
    method = files.study.explain.methods[0].name
    rests = files.tables["attribution"].set_index(["model", "method", "measure"])
    lines = []
    for model in files.study.models:
        cells = [_reached(task, (model.label, corpus)) for corpus in _corpora(files)]
        cells += [_reached(leakage, (model.label, *asked)) for asked in _asked(files)]
        mad = NOTHING if model.label == GENERAL else _rests(rests, (model.label, method, "mad"), "+.3f")
        lines.append(
            Row((model.label, *cells, mad, _rests(rests, (model.label, method, "p_sc"), ".3f")), _kind(model.control))
        )
    return lines


def paper_lines(files: StudyFiles) -> list[Row]:
    """Printed, and ours below: on other corpora, so that what compares is how models differ."""
    ours = {line.cells[0]: line.cells[1:] for line in result_lines(files)}
    tasks, asked = _corpora(files), _asked(files)
    lines = []
    for model, printed in table1().iterrows():
        lines.append(Row((f"{model}, printed", *(NOTHING if pd.isna(cell) else f"{cell:.3f}" for cell in printed))))
        if model in ours:
            cells = ours[str(model)]
            attribute = {key: cells[len(tasks) + place] for place, key in enumerate(asked)}
            own = next((attribute[key] for key in asked if key[1] == "own"), NOTHING)
            across = next((attribute[key] for key in asked if key[1] == "across"), NOTHING)
            other = cells[1] if len(tasks) > 1 else NOTHING
            lines.append(Row((f"{model}, here", cells[0], other, own, across, *cells[-2:]), "reference"))
    return lines


def method_lines(files: StudyFiles) -> list[Row]:
    """What explanations rest on, by every method."""
    table = files.tables["attribution"].set_index(["model", "method", "measure"])
    lines = []
    for model in files.models:
        for method in (method.name for method in files.study.explain.methods):
            mad, spoilt, weighted = (table.loc[(model, method, m)] for m in ("mad", "p_sc", "p_sc_weighted"))
            cells = (_value(mad, "+.3f"), p_value(mad["p_holm"]), _value(spoilt, ".3f"), p_value(spoilt["p_holm"]))
            lines.append(Row((model, method, *cells, f"{weighted['value']:.3f}", f"{int(mad['n'])}")))
    return lines


def convergence_lines(files: StudyFiles) -> list[Row]:
    """How far integrated gradients are from their completeness."""
    return [
        Row(
            (
                r.model,
                r.method,
                f"{r.delta_median:.3f}",
                f"{r.delta_95:.3f}",
                f"{r.share_median:.1%}",
                f"{r.share_95:.1%}",
                f"{r.n}",
            )
        )
        for r in files.tables["convergence"].itertuples()
    ]


def swap_lines(files: StudyFiles, most: int) -> list[Row]:
    """The ``most`` frequent swaps."""
    rows = files.tables["swapped"].sort_values(["times", "from"], ascending=[False, True])[:most]
    return [Row((r.model, r[2], r.to, f"{r.times}")) for r in rows.itertuples()]


def licence_lines(files: StudyFiles) -> list[Row]:
    """Every lexicon with its source and licence."""
    lexicons = files.study.lexicons
    used = [(words, f"signs of {files.study.attribute} (MAD)") for words in lexicons.attribute]
    rows = [*used, (lexicons.meaning, "what words mean (P_sc)")]
    return [Row((lexicon.name, what, lexicon.source, lexicon.licence)) for lexicon, what in rows]


def _corpora(files: StudyFiles) -> list[str]:
    return list(dict.fromkeys(files.tables["task"]["corpus"]))


def _asked(files: StudyFiles) -> list[tuple[str, str]]:
    table = files.tables["leakage"]
    return list(dict.fromkeys(zip(table["corpus"], table["learned_on"], strict=True)))


def _reached(table: pd.DataFrame, key: Sequence[str]) -> str:
    if tuple(key) not in table.index:
        return NOTHING
    row = table.loc[tuple(key)]
    spread = "" if pd.isna(row["sd"]) else f" ± {row['sd']:.3f}"
    return f"{row['value']:.3f}{spread}{_star(row['p_holm'])}"


def _rests(table: pd.DataFrame, key: tuple[str, ...], form: str) -> str:
    row = table.loc[key]
    return NOTHING if pd.isna(row["value"]) else f"{row['value']:{form}}{_star(row['p_holm'])}"


def _value(row: "pd.Series[float]", form: str) -> str:
    if pd.isna(row["value"]):
        return NOTHING
    return f"{row['value']:{form}} [{row['low']:{form}}, {row['high']:{form}}]"


def _star(p: float) -> str:
    return " *" if p < 0.05 else ""


def _kind(control: bool) -> str:
    return "control" if control else ""
