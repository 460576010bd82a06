"""Three classes of what was rated on a scale: the bins of Jaiswal and Mower Provost 2021, section 4.1."""

from collections.abc import Mapping

SHARES = (0.4375, 0.5625)
"""Where, on the way from the lowest to the highest rating, low and middle end: (2.75 - 1) / 4 and (3.25 - 1) / 4."""

EDGES: Mapping[str, tuple[float, float]] = {
    "iemocap": (2.75, 3.25),  # ratings from 1 to 5
    "msp_improv": (2.75, 3.25),
    "emobank": (2.75, 3.25),
    "muse": (3.75, 4.25),  # ratings from 1 to 9, as printed: below the scale's middle, which is 5
}
"""By a corpus's reader: low is what is not above the first, middle what is not above the second, high the rest.

The paper bins valence alone; activation, on the same scales, is cut at the same places.
"""
