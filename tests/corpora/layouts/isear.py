"""ISEAR: its table, with texts of several lines and quotes, a text cut in two, and answers that say nothing."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.isear import ISEAR

COLUMNS = """
ID CITY COUN SUBJ SEX AGE RELI PRAC FOCC MOCC FIEL EMOT WHEN LONG INTS ERGO TROPHO TEMPER EXPRES MOVE EXP1 EXP2
EXP10 PARAL CON EXPC PLEA PLAN FAIR CAUS COPING MORL SELF RELA VERBAL NEUTRO Field1 Field3 Field2 MYKEY SIT STATE
""".split()  # noqa: SIM905
ANSWERS = [
    {"MYKEY": "0110011", "Field1": "joy", "SIT": "When we met and \u00e1 especially when we had not for long. "},
    {"MYKEY": "0110012", "Field1": "fear", "SIT": 'An \\ex-friend\\" called. \u00e1|He said \\"Boo\\"."'},
    {"MYKEY": "0110013", "Field1": "anger", "SIT": "[ No response.]"},
    {
        "MYKEY": "2610011",
        "ID": "261001",
        "SEX": "2",
        "AGE": "19",
        "Field1": "shame",
        "SIT": "Black ice, a 180\u00a6 turn.",
    },
    {"MYKEY": "2610012", "ID": "261001", "SEX": "2", "AGE": "19", "Field1": "guilt", "SIT": "I shouted at him."},
    {
        "MYKEY": "2011151",
        "ID": "201115",
        "SEX": "0",
        "RELI": "0",
        "Field1": "disgust",
        "SIT": 'He called me \\a child\\".',
        "STATE": '1"',
    },
    {"MYKEY": "2011152", "ID": "201115", "SEX": "0", "RELI": "0", "Field1": "sadness", "SIT": "My dog died."},
]


def line(**cells: str) -> str:
    """A line of the table; what is not given is as the first respondent has it."""
    first = {"ID": "11001", "COUN": "1", "SEX": "1", "AGE": "33", "RELI": "8", "FIEL": "2"}
    return "|".join([*({**dict.fromkeys(COLUMNS, "1"), **first, **cells}[column] for column in COLUMNS), ""])


def build(root: Path, sound) -> CorpusReader:
    folder = root / "text" / "isear"
    folder.mkdir(parents=True)
    text = "\n".join(["|".join([*COLUMNS, ""]), *(line(**cells) for cells in ANSWERS)])
    (folder / "isear.csv").write_text(text, encoding="utf-8")
    return ISEAR()
