"""The TV series Friends, of which MELD and EmoryNLP are transcripts: who speaks, and what is known of them.

The six leads are told apart from hundreds of others, of whom the tables give no gender. A name such as ``Waiter`` is
whoever a scene calls so, and some turns are of several people at once (``All``, ``Joey and Chandler``).
"""

from typing import Literal

import pandas as pd

from fedser.corpora.corpus import Corpus

Speakers = Literal["all", "leads"]
Unit = Literal["speaker", "season"]

LEADS = {
    "Chandler Bing": "male",
    "Joey Tribbiani": "male",
    "Monica Geller": "female",
    "Phoebe Buffay": "female",
    "Rachel Green": "female",
    "Ross Geller": "male",
}
"""The six leads and their genders (neither corpus tells them)."""

_GENDERS = LEADS | {name.split()[0]: gender for name, gender in LEADS.items()}


def gender_of(names: pd.Series) -> pd.Series:
    """The genders of the leads, by first or full name; missing for all others."""
    return names.map(_GENDERS).astype("str")


def episode(season: pd.Series, number: pd.Series) -> pd.Series:
    """Names such as ``s04e07`` for whole numbers of seasons and of episodes."""
    return "s" + season.astype(str).str.zfill(2) + "e" + number.astype(str).str.zfill(2)


def corpus_of(name: str, utterances: pd.DataFrame, speakers: Speakers, unit: Unit) -> Corpus:
    """The corpus of ``utterances``, whose ``session`` is an ``episode``, by whom it is to be about.

    Speakers have a ``gender`` where they are leads. For ``unit`` season a speaker is one person in one season, such as
    ``Monica-s04``, and ``person`` says whose that is.
    """
    person = utterances["speaker"]
    known = pd.DataFrame({"speaker": person, "gender": gender_of(person)})
    if unit == "season":
        part = person + "-" + utterances["session"].str.partition("e")[0]
        utterances = utterances.assign(speaker=part)
        known = pd.DataFrame({"speaker": part, "person": person, "gender": known["gender"]})
    known = known.drop_duplicates("speaker").sort_values("speaker", ignore_index=True)
    corpus = Corpus(name, utterances, known)
    return corpus.only(person.isin(list(_GENDERS)), "not one of the six leads") if speakers == "leads" else corpus
