"""What the report says in sentences, composed from the tables and the configuration alone."""

import math
from collections.abc import Sequence

import pandas as pd

from simulations.report.attacks import headline, units
from simulations.report.run_files import RunFiles
from simulations.scoring.roles import adaptive_of, role_of

FEW = 20  # speakers of a value, below which intervals are called wide

_ALGORITHMS = {"fedsgd": "FedSGD", "fedavg": "FedAvg"}
_SCOPES = {
    "speaker": "normalised per speaker",
    "client": "normalised per client",
    "corpus": "normalised per corpus",
    "none": "not normalised",
}


def what_was_run(files: RunFiles) -> str:
    """The training, in one sentence."""
    run, corpora = files.run, files.corpora
    algorithm = _ALGORITHMS.get(run.algorithm.name, run.algorithm.name)
    scope = _SCOPES.get(run.partition.normalise, f"normalised per {run.partition.normalise}")
    defenses = joined([defense.name for defense in run.defenses])
    return (
        f"An emotion model was trained federatedly with {algorithm} on {_described(corpora, 'private', run.attribute)},"
        f" from {run.features.title} features {scope}, for {run.rounds} rounds in {trainings(files, 'private')},"
        f" {f'with the defense {defenses}' if defenses else 'without any defense'}."
    )


def threat_model(files: RunFiles) -> str:
    """Who attacks, and with what, in one sentence."""
    attribute, shadow = files.run.attribute, _described(files.corpora, "shadow", files.run.attribute)
    sees = (
        "The adversary is the server, or whoever sees what it sees: the architecture and hyper-parameters, the model"
        f" broadcast in each round, and {_seen(files)}, but no utterance, label or name;"
    )
    if files.leakage.empty:
        does = "attacks nothing" if files.membership.empty else "asks only who took part in the training"
        return f"{sees} here it {does}."
    return (
        f"{sees} it learns to read each client's {attribute} off an update from {trainings(files, 'shadow')} of its own"
        f" on {shadow}, none of whose speakers takes part in the private training."
    )


def _seen(files: RunFiles) -> str:
    """What reaches the server of a round's updates."""
    for defense in files.run.defenses:
        if defense.name == "secure_aggregation":
            return "the sum of all updates of a round with the pseudonyms of the clients in it"
        if defense.name == "local_aggregation" and defense.clients > 1:
            return (
                f"the mean update of each group of {defense.clients} clients, or a few more, with the pseudonyms of its"
                " members, of each of whom is believed what is said of the group"
            )
    return "each client's update as it arrives"


def on_adversaries(files: RunFiles) -> str:
    """What tells an adaptive adversary from a static one, where the report shows both; else empty."""
    if not any(adaptive_of(attack) for attack in files.leakage["attack"]):
        return ""
    return (
        "Attacks called static learnt from shadow clients without the defense, as an adversary would who does not know"
        " of it; the shadow clients of all others defend themselves as the private ones do. A defense that only static"
        " attacks fail against hides nothing from those who know of it: judge it by the others. The difference of a"
        " static attack is to the same attack by the adaptive adversary."
    )


def findings(files: RunFiles) -> list[str]:
    """The headline: the best attack per unit, and whether the controls are where they should be."""
    sentences = []
    rows = headline(files.uar)
    attacks = rows[rows["attack"].map(role_of) == "attack"]
    for unit in ("update", "speaker"):
        mine = attacks[attacks["unit"] == unit]
        if not mine.empty:
            sentences.append(_best(mine, unit, files.run.attribute))
    off = rows[
        (rows["attack"].map(role_of) == "control") & ((rows["low"] > rows["chance"]) | (rows["high"] < rows["chance"]))
    ]
    for row in off.itertuples():
        sentences.append(
            f"The control {row.attack} is not at chance per {row.unit} ({_interval(row)}):"
            " read the attacks with that much doubt."
        )
    return sentences


def _best(rows: pd.DataFrame, unit: str, attribute: str) -> str:
    best = next(rows.loc[[rows["value"].idxmax()]].itertuples())
    if best.low == 1.0:
        verdict = "its interval has no width, which is no certainty (see below)"
    elif best.low > best.chance:
        verdict = "its whole interval lies above chance"
    elif best.high < best.chance:
        verdict = "its whole interval lies below chance"
    else:
        verdict = "its interval holds chance, so that no leak is shown"
    among = f", the highest of {len(rows)} such scores" if len(rows) > 1 else ""
    return (
        f"Per {unit}, {best.attack} on {_layers(best.layer)} infers {attribute} with a UAR of {_interval(best)}"
        f"{among}; chance is {best.chance:.2f}, and {verdict}."
    )


def on_intervals(files: RunFiles) -> str:
    """How to read the intervals, with the number of speakers behind them."""
    run, scores = files.run, files.run.scores
    groups = _values(files.corpora, "private")
    percent = f"{100 * scores.confidence:g} %"
    fewest = int(groups.min())
    bound = ((1.0 - scores.confidence) / 2.0) ** (1.0 / fewest)
    return (
        f"The intervals are {percent} percentile intervals of {scores.bootstrap} bootstrap resamples of the"
        f" {int(groups.sum())} private speakers ({_numbers(groups)}): whole speakers are drawn, within each value of"
        f" {run.attribute}, the same ones in every fold and for every attack. The updates of a speaker are alike, so"
        " it is the number of speakers, not of updates, that decides how much a score can be trusted, and with few"
        " speakers such intervals are rather too narrow than too wide."
        " Where every speaker is judged right, every resample is right too, and the interval has no width"
        f"{_flat(files)}: that is no certainty. An exact binomial interval for {fewest} of {fewest} speakers"
        f" still reaches down to a recall of {bound:.2f}.{_mute(files)}"
    )


def on_few_speakers(files: RunFiles) -> str:
    """A warning where a value of the attribute has too few private speakers for a narrow interval; else empty."""
    groups = _values(files.corpora, "private")
    few = groups[groups < FEW]
    if few.empty:
        return ""
    return (
        f"There are few private speakers ({_numbers(few)}; fewer than {FEW} of a value): these intervals are wide, a"
        " difference between two attacks may well be chance, and no p-value can fall below one over the number of ways"
        f" in which the attribute can be dealt to so few.{_told_apart(files, groups)} Read the scores as an indication;"
        " a claim needs more speakers."
    )


def _told_apart(files: RunFiles, groups: "pd.Series[float]") -> str:
    """In numbers: what one speaker is worth, how wide the intervals are, and the lowest p-value that there can be."""
    rows = files.uar[(files.uar["unit"] == "speaker") & (files.uar["attack"].map(role_of) == "attack")]
    if rows.empty:
        return ""
    ways = math.factorial(int(groups.sum())) // math.prod(math.factorial(int(number)) for number in groups)
    tried = files.run.scores.permutations
    exact = ways <= tried
    least = 1.0 / (ways if exact else tried + 1)
    dealings = f"all {ways:,} ways of dealing" if exact else f"{tried:,} of the ways of dealing"
    step, width = 1.0 / (len(groups) * groups.min()), float((rows["high"] - rows["low"]).median())
    return (
        f" One speaker judged otherwise moves the UAR per speaker by up to {step:.2f}, and"
        f" the attacks' intervals per speaker are {width:.2f} wide (median): scores nearer than that are told apart at"
        f" best by their paired difference. With {dealings} tried, the lowest p-value is {least:.2g}, and"
        f" {min(1.0, least * len(rows)):.2g} after Holm's correction for {len(rows)} score{'s' * (len(rows) > 1)}."
    )


def on_tests() -> str:
    """What the columns p and Holm and the deviation over folds mean."""
    return (
        "± is the standard deviation over the folds. p is one-sided, by permuting the attribute between the private"
        " speakers: how often answers unrelated to it would score as high. Holm's correction is over the attacks and"
        " layers of one unit; controls and references are no hypotheses and have none. Differences to the reference are"
        " paired: both attacks are scored on the same resamples. Where the reference is the best attack, it was chosen"
        " by these very scores, so that it flatters itself a little."
    )


def on_cost(files: RunFiles) -> str:
    """What the CPU seconds are of, and which of them were not measured in one go."""
    resumed = joined([row.attack for row in files.attacks.itertuples() if row.sittings > 1])
    again = f" Interrupted, gone on with, and added up: {resumed}." if resumed else ""
    return (
        "CPU seconds are those of learning and scoring, all layers of an attack together, user and system, this process"
        " and its children. What several attacks make of an update is made once; each is charged with all of it, as if"
        f" it were the only one. Trainings are not counted.{again}"
    )


def on_utility(files: RunFiles) -> str:
    """How well the selected models know the task for speakers they have not heard, in one sentence."""
    uar = next(files.utility[files.utility["metric"] == "uar"].itertuples())
    return (
        f"For the {int(uar.persons)} speakers that were held out in turn, the selected models reach a UAR of"
        f" {_interval(uar)}; chance is {uar.chance:.2f}. The mean over folds, with an interval over speakers."
    )


def _flat(files: RunFiles) -> str:
    rows = headline(files.uar)
    flat = rows[(rows["low"] == 1.0) & rows["unit"].isin(units(rows))]
    names = joined([f"{row.attack} per {row.unit}" for row in flat.itertuples()])
    return f" (here: {names})" if names else ""


def left_out(files: RunFiles) -> str:
    """What the corpora have that was not used, in one sentence; empty where there is nothing."""
    counts = files.dropped.groupby(["corpus", "reason"], sort=False)["utterances"].sum()
    said = [
        f"{corpus} " + ", ".join(f"{int(number):,} ({reason})" for reason, number in group.droplevel(0).items())
        for corpus, group in counts.groupby(level=0, sort=False)
    ]
    return f"Left out: {'; '.join(said)}." if said else ""


def one_sided(files: RunFiles) -> str:
    """Values of the attribute that only one side has, with their numbers of speakers; empty where there are none."""
    private, shadow = (_values(files.corpora, role) for role in ("private", "shadow"))
    unseen, unlearnt = shadow[~shadow.index.isin(private.index)], private[~private.index.isin(shadow.index)]
    said = []
    if len(unseen) and not files.leakage.empty:
        said.append(
            f"No private speaker has what these shadow speakers have of {files.run.attribute}: {_numbers(unseen)}. An"
            " attack may answer so and is then wrong; UAR and its chance are over the values of private speakers."
        )
    if len(unlearnt) and len(shadow):
        said.append(f"No shadow speaker has what these private ones have: {_numbers(unlearnt)}.")
    return " ".join(said)


def _mute(files: RunFiles) -> str:
    rows = headline(files.uar)
    silent = rows[(rows["low"] == rows["chance"]) & (rows["high"] == rows["chance"]) & rows["unit"].isin(units(rows))]
    names = joined([f"{row.attack} per {row.unit}" for row in silent.itertuples() if role_of(row.attack) == "attack"])
    return f" Chance without any width means the same answer for everyone (here: {names})." if names else ""


def trainings(files: RunFiles, role: str) -> str:
    """How many trainings a role has: ``5 speaker-disjoint folds``, ``1 shadow training``."""
    number = files.ser[files.ser["role"] == role]["training"].nunique()
    kind = "speaker-disjoint fold" if role == "private" else f"{role} training"
    return f"{number} {kind}{'' if number == 1 else 's'}"


def joined(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([part for part in (", ".join(names[:-1]), *names[-1:]) if part])


def _described(corpora: pd.DataFrame, role: str, attribute: str) -> str:
    """Each corpus of a role with its numbers of speakers and utterances."""
    rows = corpora[(corpora["role"] == role) & (corpora["kind"] == "attribute")]
    sums = rows.groupby("corpus", sort=False)[["count_speakers", "count_utterances"]].sum()
    return joined(
        [
            f"{row.Index} ({int(row.count_speakers)} speakers, {int(row.count_utterances):,} utterances)"
            for row in sums.itertuples()
        ]
    )


def _values(corpora: pd.DataFrame, role: str) -> "pd.Series[float]":
    rows = corpora[(corpora["role"] == role) & (corpora["kind"] == "attribute")]
    return rows.groupby("value", sort=False)["count_speakers"].sum()


def _numbers(groups: "pd.Series[float]") -> str:
    return joined([_number(int(number), str(value)) for value, number in groups.items()])


def _number(number: int, value: str) -> str:
    """``5 female``, but ``5 of 30 to under 50``."""
    return f"{number} {'of ' if value[:1].isdigit() else ''}{value}"


def _layers(layer: str) -> str:
    return {"fused": "all layers fused", "all": "all layers"}.get(layer, layer)


def _interval(row: object) -> str:
    value, low, high = (getattr(row, name) for name in ("value", "low", "high"))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"
