"""``leakage_persons.csv``: whose updates each attack reads right, speaker by speaker of each private training.

What everything else is summed from, so that attacks of several runs on the same speakers can be compared in pairs, and
anybody can see who is given away and who is not.
"""

from collections.abc import Iterable

import pandas as pd

from simulations.scoring.tables import CLIENT_KEY, AttackScores, Truth, check_scores

PERSONS_WORDS = ["attack", "layer", "training", "speaker", "person", "value"]
PERSONS_NUMBERS = ["updates", "right"]
PERSONS_COLUMNS = PERSONS_WORDS + PERSONS_NUMBERS


def leakage_persons(found: Iterable[AttackScores], truth: Truth) -> pd.DataFrame:
    """One row per attack, layer, private training and speaker: of so many ``updates``, how many are read ``right``.

    ``value`` is the speaker's. Raises InputError where scores and truth do not fit.
    """
    parts = [_counted(one, truth) for one in found]
    return pd.concat(parts, ignore_index=True)[PERSONS_COLUMNS] if parts else pd.DataFrame(columns=PERSONS_COLUMNS)


def _counted(one: AttackScores, truth: Truth) -> pd.DataFrame:
    check_scores(one, truth)
    persons = {} if "person" in truth.clients else {"person": truth.clients["speaker"]}
    rows = one.updates.merge(truth.clients.assign(**persons), on=CLIENT_KEY, how="left", validate="many_to_one")
    right = rows["value"].to_numpy() == one.scores.argmax(axis=1)
    rows = rows.assign(right=right, value=rows["value"].map(dict(enumerate(truth.values))))
    groups = rows.groupby(["training", "speaker", "person", "value"])["right"]
    counted = groups.agg(updates="size", right="sum").reset_index()
    return counted.assign(attack=one.attack, layer=one.layer)
