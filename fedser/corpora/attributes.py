"""Whether an attribute of the speakers can be attacked: known of all, with values that shadow speakers have as well."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from fedser.corpora.corpus import Corpus
from fedser.corpora.layout import listed
from fedser.errors import InputError, Problems


def require_attribute(private: Corpus, shadow: Sequence[Corpus], attribute: str) -> None:
    """Raise InputError, with all reasons, when ``attribute`` cannot be learnt on shadow or scored on private."""
    problems = Problems()
    for corpus in (private, *shadow):
        problems.extend(attribute_problems(corpus, attribute))
    problems.raise_if_any(InputError)
    has, knows = persons_by_value([private], attribute), persons_by_value(shadow, attribute)
    known, learnt = list(has), list(knows)
    if len(known) < 2:
        problems.add(f"corpus {private.name}", f"all speakers have the same {attribute}, {known[0]}: nothing to infer")
    if shadow and len(learnt) < 2:
        names = ", ".join(corpus.name for corpus in shadow)
        problems.add(
            f"shadow corpora {names}", f"all speakers have the same {attribute}, {learnt[0]}: nothing to learn"
        )
    elif shadow and not set(known) <= set(learnt):
        problems.add(
            f"corpus {private.name}",
            f"{attribute} has values that no shadow speaker has: {_told(has, set(known) - set(learnt))}"
            f" (shadow: {_told(knows, learnt)}); attribute.rename, or a manifest's value_map, can rename values",
        )
    problems.raise_if_any(InputError)


def attribute_problems(corpus: Corpus, attribute: str) -> list[str]:
    """Why ``attribute`` cannot be used in ``corpus``: not known at all, or not of every speaker."""
    place = f"corpus {corpus.name}"
    if attribute not in corpus.attributes:
        return [f"{place}: no speaker attribute {attribute!r} (choose from {', '.join(corpus.attributes) or 'none'})"]
    without = corpus.speakers.loc[corpus.speakers[attribute].isna(), "speaker"]
    if without.empty:
        return []
    return [
        f"{place}: {len(without)} of {len(corpus.speakers)} speakers have no {attribute}: {listed(without)}"
        " (unknown_attribute: drop leaves them out)"
    ]


def with_attribute(corpus: Corpus, attribute: str) -> Corpus:
    """The corpus without the speakers of whom ``attribute`` is not known; raises InputError where none is left."""
    if attribute not in corpus.attributes:
        return corpus
    known = corpus.speakers.loc[corpus.speakers[attribute].notna(), "speaker"]
    return corpus.only(corpus.utterances["speaker"].isin(known), f"speaker without {attribute}")


def persons_by_value(corpora: Sequence[Corpus], attribute: str) -> dict[str, int]:
    """How many persons (of several sessions or of one) have each value, by value in sorted order."""
    counts: Counter[str] = Counter()
    for corpus in corpora:
        whose = "person" if "person" in corpus.speakers else "speaker"
        counts.update(corpus.speakers[[whose, attribute]].dropna().drop_duplicates()[attribute].astype(str))
    return dict(sorted(counts.items()))


def _told(counts: Mapping[str, int], values: Collection[str]) -> str:
    return listed(f"{value} ({counts[value]})" for value in counts if value in values)
