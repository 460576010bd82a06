"""How many speakers of each shadow corpus the attacker has: the first so many of one drawn order.

Fewer speakers are thereby some of the same: along ``trainings.shadow_speakers`` nothing changes but the number.
"""

import pandas as pd

from fedser.corpora import Corpus
from fedser.errors import InputError
from fedser.seeds import Stream


def only_speakers(corpus: Corpus, number: int, attribute: str, stream: Stream) -> Corpus:
    """The corpus with ``number`` of its speakers, of each value of ``attribute`` in turn; of persons where it has them.

    Raises InputError where it has fewer.
    """
    unit = "person" if "person" in corpus.speakers else "speaker"
    people = corpus.speakers.drop_duplicates(unit)
    if number > len(people):
        raise InputError(
            f"trainings.shadow_speakers: {number}, but corpus {corpus.name} has {len(people)} {unit}s"
            f" (choose at most {len(people)})"
        )
    drawn = _in_turn(people, unit, attribute, stream)[:number]
    kept = corpus.speakers.loc[corpus.speakers[unit].isin(drawn), "speaker"]
    return corpus.only(corpus.utterances["speaker"].isin(kept), f"not among {number} {unit}s")


def _in_turn(people: pd.DataFrame, unit: str, attribute: str, stream: Stream) -> list[str]:
    """All people in a drawn order, in which the values of ``attribute`` take turns as long as they last."""
    ordered = people.sort_values(unit)
    drawn = ordered.iloc[stream("shadow speakers").numpy().permutation(len(ordered))]
    turn = drawn.groupby(attribute, dropna=False).cumcount() if attribute in drawn else pd.Series(0, drawn.index)
    return list(drawn.loc[turn.sort_values(kind="stable").index, unit])
