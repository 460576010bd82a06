"""What a text study found, in sentences every one of which is computed from its tables."""

from collections.abc import Iterator

import pandas as pd
from scipy.stats import spearmanr

from simulations.report.rows import p_value
from simulations.text.files import StudyFiles
from simulations.text.study import GENERAL

LEVEL = 0.05


def what_was_studied(files: StudyFiles) -> str:
    """Which task on which corpora, how many trainings."""
    study, summary = files.study, files.summary
    tuned = {"head": "the encoder frozen", "all": "the whole encoder trained"}.get(
        str(study.training.tune), f"the last {study.training.tune} blocks of the encoder trained"
    )
    return (
        f"{len(study.models)} models of {study.task.dimension} in three classes on {study.corpus.corpus}"
        f" ({study.encoder.label}, {tuned}), in {summary['trainings']} trainings, and how much they and their"
        f" explanations rest on {study.attribute}."
    )


def findings(files: StudyFiles) -> list[str]:
    """Task, leakage, explanations, and what depends on the method."""
    said = [*_task(files), *_leakage(files), *_differences(files), *_spurious(files), *_methods(files)]
    return [*said, *_convergence(files)]


def _task(files: StudyFiles) -> Iterator[str]:
    for corpus, mine in files.tables["task"].groupby("corpus", sort=False):
        best, classes = mine.loc[mine["value"].idxmax()], files.summary["classes"][corpus]
        general = float(mine.loc[mine["model"] == GENERAL, "value"].iloc[0])
        fewer = f", where {classes} of the three classes occur" if classes < 3 else ""
        yield (
            f"On {corpus}{fewer}, General recognises {files.study.task.dimension} with a UAR of {general:.3f}; the best"
            f" is {best['model']} with {best['value']:.3f}. {_significant(mine)}"
        )


def _leakage(files: StudyFiles) -> Iterator[str]:
    for (corpus, learned), mine in files.tables["leakage"].groupby(["corpus", "learned_on"], sort=False):
        by_model = mine.set_index("model")["value"]
        where = f"{corpus}, by who learned there" if learned == "other" else f"{corpus}"
        yield (
            f"{files.study.attribute.capitalize()} is read off embeddings of {where} with a UAR of"
            f" {by_model[GENERAL]:.3f} for General (chance 0.500), least for {by_model.idxmin()}"
            f" ({by_model.min():.3f}), most for {by_model.idxmax()} ({by_model.max():.3f}). {_significant(mine)}"
        )


def _significant(mine: pd.DataFrame) -> str:
    others = mine[mine["model"] != GENERAL]
    sure = others[others["p_holm"] < LEVEL]["model"].tolist()
    if others["p_holm"].isna().all():
        return "Whether models differ cannot be tested in so few trainings."
    told = f"{', '.join(sure) or 'no model'} differ{'s' if len(sure) < 2 else ''}"
    return f"After Holm's correction {told} from General (paired t-test over trainings, p < {LEVEL})."


def _differences(files: StudyFiles) -> Iterator[str]:
    mine = _first(files, "mad")
    mine = mine[mine["model"] != GENERAL].dropna(subset="value")
    if mine.empty:
        return
    best, worst = mine.loc[mine["value"].idxmax()], mine.loc[mine["value"].idxmin()]
    high, low = (f"{row['value']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]" for row in (best, worst))
    yield (
        f"MAD is largest for {best['model']} ({high}) and smallest for {worst['model']} ({low}): above 0, explanations"
        f" avoid more listed words of General's than they add. In {mine['without_listed'].iloc[0]:.0%} of the texts"
        " General's explanation has none."
    )


def _spurious(files: StudyFiles) -> Iterator[str]:
    mine = _first(files, "p_sc").set_index("model")["value"]
    yield f"P_sc is {mine[GENERAL]:.3f} for General, and between {mine.min():.3f} and {mine.max():.3f} for all models."
    for told in files.summary["spurious_and_cross"]:
        yield (
            f"Over {told['models']} models, P_sc and the UAR on {told['corpus']} correlate with rho ="
            f" {told['rho']:+.2f} (Spearman, p-value {p_value(told['p'])})."
        )


def _methods(files: StudyFiles) -> Iterator[str]:
    table = files.tables["attribution"]
    first, *others = (method.name for method in files.study.explain.methods)
    for measure, name in (("mad", "MAD"), ("p_sc", "P_sc")):
        by_method = table[(table["measure"] == measure) & (table["model"] != GENERAL)].pivot(
            index="model", columns="method", values="value"
        )
        for other in others:
            both = by_method[[first, other]].dropna()
            if len(both) > 2 and both.nunique().min() > 1:
                rho = float(spearmanr(both[first], both[other]).statistic)
                yield f"By {other} in place of {first}, the order of the models in {name} agrees with rho = {rho:+.2f}."


def _convergence(files: StudyFiles) -> Iterator[str]:
    table = files.tables["convergence"]
    if len(table):
        yield (
            f"Integrated gradients miss completeness by {table['share_median'].max():.1%} of the difference in the"
            f" median of the worst model, and by up to {table['share_95'].max():.0%} in 95 % of the texts."
        )


def _first(files: StudyFiles, measure: str) -> pd.DataFrame:
    table, method = files.tables["attribution"], files.study.explain.methods[0].name
    return table[(table["method"] == method) & (table["measure"] == measure)]
