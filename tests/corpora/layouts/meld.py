"""MELD: its three tables, numbered anew in each, with a guest, a chorus, and quotes as in older copies."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.meld import MELD

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
TABLES = {
    "train": [
        '1,"Oh, he\u2019s lost it.",Phoebe,sadness,negative,0,0,4,7,"00:20:57,256","00:21:00,049"',
        '2,What?,Monica,surprise,negative,0,1,4,7,"00:21:01,927","00:21:03,261"',
        '4,You\u0092re a genius!,Chandler,joy,positive,1,0,8,21,"00:12:32,334","00:12:33,960"',
        '5,You must have had your hands full.,The Interviewer,neutral,neutral,1,1,8,21,"0:16:21,940","0:16:23,442"',
    ],
    "dev": ['1,Stop it!,Monica,anger,negative,0,0,8,3,"00:01:00,000","00:01:01,000"'],
    "test": [
        '1,Yuck.,Ross,disgust,negative,0,0,1,1,"00:01:00,000","00:01:01,000"',
        '2,Run!,All,fear,negative,0,1,1,1,"00:01:02,000","00:01:03,000"',
    ],
}


def build(root: Path, sound) -> CorpusReader:
    folder = root / "text" / "meld"
    folder.mkdir(parents=True)
    for split, rows in TABLES.items():
        # The official tables end their lines as Windows does.
        text = "\r\n".join([HEADER, *rows, ""])
        (folder / f"{split}_sent_emo.csv").write_text(text, encoding="utf-8", newline="")
    return MELD()
