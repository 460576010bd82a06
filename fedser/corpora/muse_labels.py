"""The ratings of MuSE: one table, with and without context, and the official list of the women among its speakers."""

from pathlib import Path

import pandas as pd

from fedser.corpora.layout import listed
from fedser.corpora.table import numbers, read_table
from fedser.errors import InputError, Problems

SURVEYS = ("Survey Information (Questions, Data etc)", "SurveyInformation")
"""What the folder of the ratings is known to be called."""

_TABLE = "Emotion data from crowdsourcing (C is when annotators had access to all previous sentences).csv"
_COLUMNS = {
    "file": "Sentence_name",
    "gender": "Gender",
    "stress": "Type",
    "question": "Ques_Type",
    "self_valence": "S_Valence",
    "self_activation": "S_Activation",
}
_STRESS = {"S": "stressed", "NS": "not stressed"}
_SPEAKERS = frozenset(f"{number:02}" for number in range(1, 29))
_WOMEN = ("08", "11", "17", "19", "20", "22", "23", "25", "27")
_GENDERS = {"female": "female", "f": "female", "male": "male", "m": "male"}


def read_labels(folder: Path, context: bool) -> pd.DataFrame:
    """The rated sentences: ``utterance``, ``speaker``, ``gender``, ``stress``, ``question`` and ratings (float64).

    ``valence`` and ``activation`` are means over raters who had access to the sentences before (``context``) or had
    not, ``self_valence`` and ``self_activation`` the speaker's own. Raises InputError, with all that is wrong, for a
    table that is missing or there twice, and for rows of no known speaker or session, without numbers, or with another
    gender than the official one of their speaker (where that column can be read as a gender).
    """
    path, problems = _place(folder), Problems()
    prefix = "C_" if context else ""
    means = {"valence": f"{prefix}Valence_Mean", "activation": f"{prefix}Activation_Mean"}
    table = read_table(path, ",", means | _COLUMNS)
    speaker = table["file"].str[:2]
    gender = speaker.isin(_WOMEN).map({True: "female", False: "male"})
    problems.extend(_strange_cells(path, table, gender))
    ratings = {label: numbers(path, table, label, problems) for label in (*means, "self_valence", "self_activation")}
    problems.raise_if_any(InputError)
    names = {"utterance": table["file"].str.removesuffix(".wav"), "speaker": speaker, "gender": gender}
    told = {"stress": table["stress"].map(_STRESS), "question": table["question"]}
    return pd.DataFrame(names | told | ratings).reset_index(drop=True)


def _place(folder: Path) -> Path:
    """The ratings' table: in the one of the two spellings of its folder that there is."""
    known = [folder / survey / _TABLE for survey in SURVEYS]
    found = [path for path in known if path.is_file()]
    if not found:
        raise InputError(f"{known[0]}: no such file (nor in {SURVEYS[1]}); it holds the ratings")
    if len(found) > 1:
        raise InputError(f"{found[0]}: the ratings lie also in {SURVEYS[1]}; keep one of them")
    return found[0]


def _strange_cells(path: Path, table: pd.DataFrame, official: pd.Series) -> list[str]:
    """What no row of the release can have: a problem for each column."""
    told = table["gender"].str.lower().map(_GENDERS)
    file = table["file"]
    strange = {
        "file": (~(file.str[:2].isin(_SPEAKERS) & file.str.endswith(".wav")), "a .wav of one of the speakers 01 to 28"),
        "stress": (~table["stress"].isin(list(_STRESS)), "S (stressed) or NS (not stressed)"),
        "gender": (told.notna() & (told != official), f"that of the speaker (women are {', '.join(_WOMEN)})"),
    }
    problems = []
    for column, (wrong, good) in strange.items():
        cells = [f"{cell or 'nothing'} on line {line}" for line, cell in table.loc[wrong, column].items()]
        if cells:
            problems.append(f"{path}: {_COLUMNS[column]} is not {good}: {listed(cells, 5)}")
    return problems
