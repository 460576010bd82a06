"""The tables of a run's folder: which columns each has, which stage makes it, and how it is read."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fedser.errors import Problems
from simulations.scoring import (
    ACCUMULATED_NUMBERS,
    ACCUMULATED_WORDS,
    ATTACKS_NUMBERS,
    LEAKAGE_NUMBERS,
    LEAKAGE_WORDS,
    MEMBERSHIP_NUMBERS,
    MEMBERSHIP_WORDS,
    ROC_NUMBERS,
    ROC_WORDS,
    ROUND_COLUMNS,
)
from simulations.scoring.communication import COMMUNICATION_NUMBERS, COMMUNICATION_WORDS
from simulations.scoring.identity import DET_NUMBERS, DET_WORDS, IDENTITY_NUMBERS, IDENTITY_WORDS
from simulations.scoring.inputs import FAMILIES_NUMBERS, FAMILIES_WORDS, INPUTS_NUMBERS, INPUTS_WORDS
from simulations.scoring.inversion import INVERSION_NUMBERS, INVERSION_WORDS, UPDATES_NUMBERS, UPDATES_WORDS
from simulations.scoring.persons import PERSONS_NUMBERS, PERSONS_WORDS
from simulations.scoring.privacy import PRIVACY_NUMBERS, PRIVACY_WORDS
from simulations.scoring.representations import REPRESENTATIONS_NUMBERS, REPRESENTATIONS_WORDS
from simulations.scoring.seconds import SECONDS_NUMBERS, SECONDS_WORDS
from simulations.scoring.utility import UTILITY_NUMBERS, UTILITY_WORDS


@dataclass(frozen=True)
class Table:
    """The field of RunFiles that a CSV file fills, the stage that writes it, its columns of words and of numbers."""

    field: str
    stage: str
    words: tuple[str, ...]
    numbers: tuple[str, ...]


_LABELS = ("training", "role", "fold")
_SCORES = ("validation_accuracy", "validation_uar", "test_accuracy", "test_uar")

TABLES: dict[str, Table] = {
    "corpora.csv": Table(
        "corpora", "features", ("role", "corpus", "kind", "value"), ("count_utterances", "count_speakers")
    ),
    "dropped.csv": Table("dropped", "features", ("role", "corpus", "reason", "utterance", "detail"), ("utterances",)),
    "history.csv": Table("history", "simulate", _LABELS, ("round", "train_loss", *_SCORES)),
    "ser.csv": Table("ser", "simulate", (*_LABELS, "split"), ("accuracy", "uar", "round", "n")),
    "leakage.csv": Table("leakage", "attack", tuple(LEAKAGE_WORDS), tuple(LEAKAGE_NUMBERS)),
    "leakage_rounds.csv": Table("rounds", "attack", tuple(ROUND_COLUMNS[:2]), tuple(ROUND_COLUMNS[2:])),
    "leakage_accumulated.csv": Table("accumulated", "attack", tuple(ACCUMULATED_WORDS), tuple(ACCUMULATED_NUMBERS)),
    "attacks.csv": Table("attacks", "attack", ("attack",), tuple(ATTACKS_NUMBERS)),
    "membership.csv": Table("membership", "membership", tuple(MEMBERSHIP_WORDS), tuple(MEMBERSHIP_NUMBERS)),
    "membership_roc.csv": Table("roc", "membership", tuple(ROC_WORDS), tuple(ROC_NUMBERS)),
}

# Only there where an experiment asks whose updates are, rebuilds inputs, has attacks that tell which inputs they read,
# holds speakers out, reads representations, has defenses, promises differential privacy, or was run by
# a version that counts bytes and persons.
OPTIONAL_TABLES: dict[str, Table] = {
    "identity.csv": Table("identity", "identity", tuple(IDENTITY_WORDS), tuple(IDENTITY_NUMBERS)),
    "identity_det.csv": Table("curves", "identity", tuple(DET_WORDS), tuple(DET_NUMBERS)),
    "inversion.csv": Table("inversion", "inversion", tuple(INVERSION_WORDS), tuple(INVERSION_NUMBERS)),
    "inversion_updates.csv": Table("inverted", "inversion", tuple(UPDATES_WORDS), tuple(UPDATES_NUMBERS)),
    "leaking_inputs.csv": Table("inputs", "attack", tuple(INPUTS_WORDS), tuple(INPUTS_NUMBERS)),
    "leaking_families.csv": Table("families", "attack", tuple(FAMILIES_WORDS), tuple(FAMILIES_NUMBERS)),
    "communication.csv": Table("communication", "simulate", tuple(COMMUNICATION_WORDS), tuple(COMMUNICATION_NUMBERS)),
    "utility.csv": Table("utility", "simulate", tuple(UTILITY_WORDS), tuple(UTILITY_NUMBERS)),
    "representations.csv": Table(
        "representations", "representations", tuple(REPRESENTATIONS_WORDS), tuple(REPRESENTATIONS_NUMBERS)
    ),
    "seconds.csv": Table("seconds", "seconds", tuple(SECONDS_WORDS), tuple(SECONDS_NUMBERS)),
    "leakage_persons.csv": Table("persons", "attack", tuple(PERSONS_WORDS), tuple(PERSONS_NUMBERS)),
    "privacy.csv": Table("privacy", "simulate", tuple(PRIVACY_WORDS), tuple(PRIVACY_NUMBERS)),
}

STAGES = "leakage_stages.csv"
"""Has the columns of ``leakage_rounds.csv``; a run's own report does without it."""


def read_table(path: Path, problems: Problems) -> pd.DataFrame:
    """Read one of these tables; what is wrong with it is noted, and an empty table returned."""
    table = (TABLES | OPTIONAL_TABLES)["leakage_rounds.csv" if path.name == STAGES else path.name]
    maker = f"the stage {table.stage} of `fedser run`"
    types = dict.fromkeys(table.words, str) | dict.fromkeys(table.numbers, float)
    try:
        # A corpus may be called NA: only an empty cell is missing.
        found: pd.DataFrame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        problems.add(path, f"missing; {maker} makes it")
        return pd.DataFrame()
    except ValueError as error:
        problems.add(path, f"not the table that {maker} makes ({error})")
        return pd.DataFrame()
    missing = [name for name in types if name not in found.columns]
    if missing:
        problems.add(path, f"without the columns {', '.join(missing)}, which {maker} writes")
    return found
