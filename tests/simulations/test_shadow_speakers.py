"""How many shadow speakers there are: evenly over the attribute, smaller numbers within larger ones."""

import pandas as pd
import pytest

from fedser.corpora import Corpus
from fedser.errors import InputError
from fedser.seeds import Stream
from simulations.shadow_speakers import only_speakers

GENDERS = ["female"] * 3 + ["male"] * 7


def corpus(persons: list[str] | None = None) -> Corpus:
    names = [f"s{number}" for number in range(10)]
    utterances = pd.DataFrame({"utterance": names, "path": names, "speaker": names, "emotion": "sad"})
    speakers = pd.DataFrame({"speaker": names, "gender": GENDERS})
    return Corpus("c", utterances, speakers if persons is None else speakers.assign(person=persons))


@pytest.mark.parametrize(("number", "women"), [(2, 1), (4, 2), (6, 3), (8, 3), (10, 3)])
def test_values_take_turns_as_long_as_they_last(number: int, women: int) -> None:
    for seed in range(5):
        left = only_speakers(corpus(), number, "gender", Stream(seed))
        assert (len(left.speakers), (left.speakers["gender"] == "female").sum()) == (number, women)
        assert left.dropped == ({f"not among {number} speakers": 10 - number} if number < 10 else {})


def test_fewer_speakers_are_some_of_the_same_and_a_seed_decides_which() -> None:
    drawn = {
        seed: [set(only_speakers(corpus(), n, "gender", Stream(seed)).speakers["speaker"]) for n in (2, 5, 9)]
        for seed in range(4)
    }
    assert all(few < more < most for few, more, most in drawn.values())
    assert len({tuple(sorted(sets[0])) for sets in drawn.values()}) > 1


def test_persons_are_drawn_with_all_of_their_sessions_and_too_many_are_refused() -> None:
    persons = [f"p{number // 2}" for number in range(10)]
    left = only_speakers(corpus(persons), 2, "gender", Stream(1)).speakers
    assert left["person"].nunique() == 2 and len(left) == 4
    with pytest.raises(InputError) as refused:
        only_speakers(corpus(persons), 6, "gender", Stream(1))
    assert str(refused.value) == "trainings.shadow_speakers: 6, but corpus c has 5 persons (choose at most 5)"
