"""Where, and only where, an attack's scores meet the truth: from scores per update to ``leakage.csv``."""

from simulations.scoring.accumulation import (
    ACCUMULATED_COLUMNS,
    ACCUMULATED_NUMBERS,
    ACCUMULATED_WORDS,
    ALL,
    leakage_accumulated,
)
from simulations.scoring.leakage import LEAKAGE_COLUMNS, LEAKAGE_NUMBERS, LEAKAGE_WORDS, leakage
from simulations.scoring.membership import (
    MEMBERSHIP_COLUMNS,
    MEMBERSHIP_NUMBERS,
    MEMBERSHIP_WORDS,
    ROC_COLUMNS,
    ROC_NUMBERS,
    ROC_WORDS,
    MembershipScores,
    membership,
)
from simulations.scoring.rounds import ROUND_COLUMNS, leakage_over_rounds
from simulations.scoring.settings import Scores
from simulations.scoring.tables import (
    ATTACKS_COLUMNS,
    ATTACKS_NUMBERS,
    AttackScores,
    Pooled,
    Scale,
    Setting,
    Truth,
    write_csv,
)

__all__ = [
    "ACCUMULATED_COLUMNS",
    "ACCUMULATED_NUMBERS",
    "ACCUMULATED_WORDS",
    "ALL",
    "ATTACKS_COLUMNS",
    "ATTACKS_NUMBERS",
    "LEAKAGE_COLUMNS",
    "LEAKAGE_NUMBERS",
    "LEAKAGE_WORDS",
    "MEMBERSHIP_COLUMNS",
    "MEMBERSHIP_NUMBERS",
    "MEMBERSHIP_WORDS",
    "ROC_COLUMNS",
    "ROC_NUMBERS",
    "ROC_WORDS",
    "ROUND_COLUMNS",
    "AttackScores",
    "MembershipScores",
    "Pooled",
    "Scale",
    "Scores",
    "Setting",
    "Truth",
    "leakage",
    "leakage_accumulated",
    "leakage_over_rounds",
    "membership",
    "write_csv",
]
