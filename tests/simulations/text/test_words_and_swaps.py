"""Words, what tokens add up to, and gender-swapped copies."""

from collections import Counter
from pathlib import Path

import pytest

from fedser.errors import InputError
from simulations.text.swaps import Swaps
from simulations.text.words import of_words, spans_of, words_of


def test_words_are_letters_with_their_apostrophes() -> None:
    text = "Don't -- it's Ross\N{RIGHT SINGLE QUOTATION MARK}s, 2nd_try!"
    assert words_of(text) == ["don't", "it's", "ross's", "2nd", "try"]
    first = spans_of(text)[0]
    assert text[first.start : first.end] == "Don't"


def test_sub_words_add_up_to_their_word_and_punctuation_to_none() -> None:
    text = "joyful, yes"
    #          [CLS]   joy     ##ful   ,       yes      [SEP]
    offsets = [(0, 0), (0, 3), (3, 6), (6, 7), (8, 11), (0, 0)]
    assert of_words(spans_of(text), offsets, [9.0, 0.5, -0.2, 7.0, 0.1, 9.0]) == pytest.approx([0.3, 0.1])


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("He told HIS mother about her.", "She told HER father about him."),
        ("Ross's wife, and Monica'll come", "Rachel's husband, and Chandler'll come"),
        ("It is his. She likes her dad", "It is hers. He likes his mom"),
        ("Yes SIR, mike the mike is Mike", "Yes MA'AM, mike the mike is Emily"),
        ("Thanks, ma\N{RIGHT SINGLE QUOTATION MARK}am", "Thanks, sir"),
        ("Nothing to see here.", "Nothing to see here."),
    ],
)
def test_copies_keep_case_possessives_and_all_else(text: str, swapped: str) -> None:
    assert Swaps.read().swap(text)[0] == swapped


def test_what_was_swapped_is_counted() -> None:
    _, counts = Swaps.read().swap("Her mother saw his mother, and Ross.")
    assert counts == Counter({("her", "his"): 1, ("his", "her"): 1, ("mother", "father"): 2, ("ross", "rachel"): 1})


def test_the_list_is_the_users_to_write(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("male,female,kind\nmatador,torera,word\nJuan,Ana,name\n", encoding="utf-8")
    swaps = Swaps.read(tmp_path / "list.csv")
    assert swaps.swap("The matador Juan, he and juan")[0] == "The torera Ana, he and juan"


def test_all_mistakes_of_a_list_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("male,female,kind\nking,,word\nJuan,Ana,person\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        Swaps.read(tmp_path / "list.csv")
    assert "no female on line 2" in str(refused.value)
    assert "list.csv:3: kind 'person' (choose from word, name)" in str(refused.value)


def test_the_projects_own_list_swaps_back_what_it_swapped() -> None:
    swaps = Swaps.read()
    first = {word: partner for word, partner in swaps.words.items() if swaps.words[partner] == word}
    assert len(first) > 100
    assert {word for word in swaps.words if word not in first} == {"ms"}
