"""The last step before the report: scores meet the truth, and become ``leakage.csv`` and its companions."""

from collections.abc import Sequence

import pandas as pd

from simulations.descriptors import names_of
from simulations.experiment import Experiment, Role
from simulations.run_folder import RunFolder
from simulations.scoring import (
    ACCUMULATED_COLUMNS,
    LEAKAGE_COLUMNS,
    ROUND_COLUMNS,
    AttackScores,
    MembershipScores,
    Setting,
    leakage,
    leakage_accumulated,
    leakage_over_rounds,
    membership,
    write_csv,
)
from simulations.scoring.inputs import ReadInputs, leaking_families, leaking_inputs
from simulations.scoring.persons import PERSONS_COLUMNS, leakage_persons
from simulations.stages.cost import costs_table, read_cost
from simulations.stages.inputs import read_inputs, tells_inputs
from simulations.stages.membership_truth import membership_truth
from simulations.stages.prepared import Prepared
from simulations.stages.truth import private_truth

INPUTS, FAMILIES = "leaking_inputs.csv", "leaking_families.csv"
STAGES = 3
"""Of a training: its rounds in thirds."""


def score(
    experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], found: Sequence[AttackScores]
) -> None:
    """Write the tables; they are empty when nothing was attacked."""
    table, rounds = pd.DataFrame(columns=LEAKAGE_COLUMNS), pd.DataFrame(columns=ROUND_COLUMNS)
    stages, accumulated = rounds, pd.DataFrame(columns=ACCUMULATED_COLUMNS)
    persons = pd.DataFrame(columns=PERSONS_COLUMNS)
    if found:
        truth = private_truth(experiment, prepared)
        stream = experiment.stream("scores")
        table = leakage(found, truth, setting(experiment), experiment.scores, stream)
        rounds = leakage_over_rounds(found, truth, experiment.scores, stream)
        thirds = experiment.scores.model_copy(update={"round_bins": STAGES})
        stages = leakage_over_rounds(found, truth, thirds, stream)
        accumulated = leakage_accumulated(found, truth, experiment.scores, stream)
        persons = leakage_persons(found, truth)
    write_csv(folder.path / "leakage.csv", table)
    costs = {one.attack: read_cost(folder.attack(one.attack)) for one in found}
    write_csv(folder.path / "attacks.csv", costs_table(found, costs))
    write_csv(folder.path / "leakage_rounds.csv", rounds)
    write_csv(folder.path / "leakage_stages.csv", stages)
    write_csv(folder.path / "leakage_accumulated.csv", accumulated)
    write_csv(folder.path / "leakage_persons.csv", persons)


def score_inputs(
    experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], found: Sequence[AttackScores]
) -> None:
    """Write which inputs leak, where attacks told of them; else there are no such tables."""
    read: list[ReadInputs] = []
    if found:
        truth, names = private_truth(experiment, prepared), names_of(experiment.features)
        for label, adversary in experiment.adversaries().items():
            if tells_inputs(adversary.attack, experiment):
                read += read_inputs(folder.attack(label), label, truth.values)
    if not read:
        for name in (INPUTS, FAMILIES):
            (folder.path / name).unlink(missing_ok=True)
        return
    families = leaking_families(read, found, names, truth, experiment.scores, experiment.stream("scores"))
    write_csv(folder.path / INPUTS, leaking_inputs(read, names))
    write_csv(folder.path / FAMILIES, families)


def score_membership(
    experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], found: Sequence[MembershipScores]
) -> None:
    """Write the two tables of membership; they are empty when nobody asked for it."""
    truth = membership_truth(experiment, prepared["private"])
    table, roc = membership(found, truth, experiment.scores, experiment.stream("scores"))
    write_csv(folder.path / "membership.csv", table)
    write_csv(folder.path / "membership_roc.csv", roc)


def setting(experiment: Experiment) -> Setting:
    """What was run, as the first columns of ``leakage.csv`` name it."""
    return Setting(
        private_corpus=experiment.corpora.private.corpus,
        shadow_corpora=tuple(reader.corpus for reader in experiment.corpora.shadow),
        features=experiment.features.label,
        algorithm=experiment.algorithm.name,
        defense="+".join(defense.label for defense in experiment.defenses) or "none",
    )
