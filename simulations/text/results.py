"""The tables of a text study, from what every training and every explanation has left in its folder."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fedser.artifacts.files import write_json
from fedser.metrics.permutation import holm
from simulations.scoring import write_csv
from simulations.text.attributed import OfModels, attributed, convergence, paired_p, text_scores
from simulations.text.folder import StudyFolder
from simulations.text.jobs import EXPLANATIONS, Job, jobs_of, results_of
from simulations.text.lexicons.entries import Entries
from simulations.text.study import GENERAL, TextStudy

TABLES = ("task", "leakage", "attribution", "convergence", "swapped", "trainings")
SUMMARY = "summary.json"
_RESULT = ["model", "corpus", "value", "sd", "trainings", "n", "difference", "p", "p_holm"]

Results = Mapping[Job, Mapping[str, Any]]


def write_tables(study: TextStudy, folder: StudyFolder, data_root: Path) -> None:
    """Write ``TABLES`` as csv, and what stands in no table, into the study's folder."""
    results, found = results_of(folder, study), explanations_of(folder, study)
    listed = Entries.joined([words.entries(data_root) for words in study.lexicons.attribute])
    bins = study.lexicons.meaning.bins(study.task.dimension, data_root)
    scores = text_scores(found, listed, bins, study.explain.threshold)
    tables = {
        "task": task_table(study, results),
        "leakage": leakage_table(study, results),
        "attribution": attributed(scores, study.stream("attribution")),
        "convergence": convergence(found),
        "swapped": _swapped(study, results),
        "trainings": _trainings(study, results),
    }
    for name, table in tables.items():
        write_csv(folder.path / f"{name}.csv", table)
    write_csv(folder.path / "texts.csv", scores)
    write_json(folder.path / SUMMARY, _summary(study, results, tables, listed, bins))


def explanations_of(folder: StudyFolder, study: TextStudy) -> OfModels:
    """The explanations of each model's first training."""
    return {
        study.models[job.model].label: json.loads(
            (folder.explanations(job.name(study)) / EXPLANATIONS).read_text(encoding="utf-8")
        )
        for job in jobs_of(study)
        if job.rotation == job.beginning == 0
    }


def task_table(study: TextStudy, results: Results) -> pd.DataFrame:
    """The task's UAR per model and corpus: mean and deviation over trainings, paired t-tests to General."""
    rows = [
        {"model": study.models[job.model].label, "corpus": row["corpus"], "training": job[1:], **row}
        for job, found in results.items()
        for row in found["task"]
    ]
    return _compared(pd.DataFrame(rows), ["corpus"])


def leakage_table(study: TextStudy, results: Results) -> pd.DataFrame:
    """The attribute's UAR per model, corpus and what the reader learned on, as the table of the task."""
    rows = [
        {"model": study.models[job.model].label, "training": job[1:], **row}
        for job, found in results.items()
        for row in found["leakage"]
    ]
    return _compared(pd.DataFrame(rows), ["corpus", "learned_on"])


def _compared(rows: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """Each model's mean, and how it differs from General in the same trainings, corrected for all models (Holm)."""
    columns = [*within, *(name for name in _RESULT if name not in within)]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    parts = []
    for key, mine in rows.groupby(within, sort=False):
        general = mine[mine["model"] == GENERAL].set_index("training")["uar"]
        part = [
            dict(zip(within, key, strict=True)) | {"model": model} | _against(own.set_index("training"), general)
            for model, own in mine.groupby("model", sort=False)
        ]
        corrected = holm(np.array([row["p"] for row in part]))
        parts += [row | {"p_holm": p} for row, p in zip(part, corrected, strict=True)]
    return pd.DataFrame(parts, columns=columns)


def _against(own: pd.DataFrame, general: "pd.Series[float]") -> dict[str, Any]:
    values, beside = own["uar"].to_numpy(np.float64), general.loc[own.index].to_numpy(np.float64)
    spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return {
        "value": float(values.mean()),
        "sd": spread,
        "trainings": len(values),
        "n": int(own["n"].iloc[0]),
        "difference": float((values - beside).mean()),
        "p": paired_p(values, beside),
    }


def _swapped(study: TextStudy, results: Results) -> pd.DataFrame:
    """What was swapped for what, how often, in the first training of each model that swaps."""
    rows = [
        {"model": study.models[job.model].label, "from": old, "to": new, "times": times}
        for job, found in results.items()
        if job.rotation == job.beginning == 0
        for old, new, times in found["swapped"]
    ]
    return pd.DataFrame(rows, columns=["model", "from", "to", "times"])


def _trainings(study: TextStudy, results: Results) -> pd.DataFrame:
    """Every training, epoch by epoch."""
    rows = [
        {"model": study.models[job.model].label, "rotation": job.rotation, "beginning": job.beginning, **row}
        for job, found in results.items()
        for row in found["history"]
    ]
    return pd.DataFrame(rows)


def _summary(
    study: TextStudy, results: Results, tables: Mapping[str, pd.DataFrame], listed: Entries, bins: Mapping[str, int]
) -> dict[str, Any]:
    first = next(job for job in results if job.rotation == job.beginning == 0)
    counts: Counter[str] = Counter(
        {study.models[j.model].label: r["changed"] for j, r in results.items() if not j[1] and not j[2]}
    )
    return {
        "trainings": len(results),
        "trained_on": results[first]["trained_on"],
        "changed": {label: times for label, times in counts.items() if times},
        "classes": {row["corpus"]: row["classes"] for row in results[first]["task"]},
        "listed": len(listed),
        "rated": len(bins),
        "spurious_and_cross": _correlation(study, tables),
    }


def _correlation(study: TextStudy, tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Spearman's correlation over models between P_sc and the task's UAR on each other corpus (section 8.2)."""
    from scipy.stats import spearmanr

    found, method = [], study.explain.methods[0].name
    scores = tables["attribution"]
    spoilt = scores[(scores["method"] == method) & (scores["measure"] == "p_sc")].set_index("model")["value"]
    for corpus, mine in tables["task"].groupby("corpus", sort=False):
        if corpus == study.corpus.corpus:
            continue
        both = pd.DataFrame({"p_sc": spoilt, "uar": mine.set_index("model")["value"]}).dropna()
        if len(both) < 3 or both["p_sc"].nunique() < 2 or both["uar"].nunique() < 2:
            continue
        told = spearmanr(both["p_sc"], both["uar"])
        found.append({"corpus": corpus, "rho": float(told.statistic), "p": float(told.pvalue), "models": len(both)})
    return found
