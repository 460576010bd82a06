"""MuSE: two women and two men in one or both sessions, the table, transcripts, and recordings of other things."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.muse import MuSE

SURVEY = "Survey Information (Questions, Data etc)"
TABLE = "Emotion data from crowdsourcing (C is when annotators had access to all previous sentences).csv"
HEADER = (
    "Sentence_name,Duration,Gender,Type,Ques_Type,Activation_Mean,Activation_SD,Valence_Mean,Valence_SD,"
    "Activation_Annotation,Valence_Annotation,C_Activation_Mean,C_Activation_SD,C_Valence_Mean,C_Valence_SD,"
    "C_Activation_Annotation,C_Valence_Annotation,S_Activation,S_Valence"
)
# Sentence, gender, session, question, activation and valence without and with context, and the speaker's own.
ROWS = (
    ("01_q1_s1", "M", "NS", "neu", 4.5, 5.0, 4.25, 5.25, "5", "6"),
    ("01_q2_s1", "M", "NS", "pos", 6.5, 7.0, 6.0, 7.5, "7", "8"),
    ("01_q1_t1", "M", "S", "neg", 5.5, 3.0, 5.25, 2.5, "6", "2"),
    ("08_q1_s1", "F", "NS", "neu", 4.0, 5.5, 3.75, 5.75, "4", "5"),
    ("08_q1_t1", "F", "S", "neg", 6.0, 2.5, 6.25, 2.25, "", ""),
    ("27_q1_t1", "F", "S", "neg", 5.0, 3.5, 5.5, 3.25, "5", "3"),
    ("28_q1_s1", "M", "NS", "pos", 5.75, 6.5, 5.5, 6.75, "6", "7"),
)
FOLDERS = {
    "S": "Stressed/Audio/Stressed Question Monologue Audio",
    "NS": "NotStressed/Audio/Non Stressed Question Monologue Audio [Sentence Split]",
}


def table(rows=ROWS) -> str:
    lines = [
        f"{name}.wav,3.2,{gender},{kind},{question},{act},1.1,{val},0.9,4;5;5,5;5;6,{c_act},1.0,{c_val},0.8,4;4,6;5,{own}"
        for name, gender, kind, question, act, val, c_act, c_val, *owns in rows
        for own in [",".join(owns)]
    ]
    return "\n".join([HEADER, *lines]) + "\n"


def build(root: Path, sound) -> CorpusReader:
    folder = root / "muse"
    (folder / SURVEY).mkdir(parents=True)
    (folder / SURVEY / TABLE).write_text(table())
    transcripts = folder / "Combined" / "Utterance Transcripts"
    transcripts.mkdir(parents=True)
    for name, _, kind, question, *_ in ROWS:
        sound(folder / FOLDERS[kind] / f"{name}.wav")
        (transcripts / f"{name}.txt").write_text(f"this is what {name[:2]} said of a {question} thing\n")
    sound(folder / "Stressed" / "Audio" / "Stressed Whole Audio" / "01.wav")
    return MuSE()
