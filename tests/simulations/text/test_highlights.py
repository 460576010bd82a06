"""Highlighted words: as dark as they weigh, on one side or the other, and a text is never markup."""

from simulations.text.highlights import highlighted
from simulations.text.words import spans_of


def test_words_are_marked_by_weight_and_side_and_what_is_between_stays() -> None:
    text = "Good <b>news</b> & bad"
    spans = [list(span) for span in spans_of(text)]
    assert [text[start:end] for start, end in spans] == ["Good", "b", "news", "b", "bad"]
    page = str(
        highlighted({"text": text, "spans": spans}, [2.0, 0.0, 0.5, 0.0, -1.0], [True, False, False, False, False])
    )
    assert "<b>" not in page and "&lt;" in page and "&amp;" in page
    assert '<mark class="listed" style="background: rgba(0, 114, 178, 0.75)" title="+2.000">Good</mark>' in page
    assert '<mark style="background: rgba(0, 114, 178, 0.19)" title="+0.500">news</mark>' in page
    assert '<mark style="background: rgba(213, 94, 0, 0.38)" title="-1.000">bad</mark>' in page
