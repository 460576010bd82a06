"""EmoryNLP: its three tables, with turns of several speakers and names that hold a quote."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.emorynlp import EmoryNLP

HEADER = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Start_Time,End_Time"
TABLES = {
    "train": [
        "Everything is in that first kiss.,['Rachel Green'],Powerful,1,4,1,2,00:00:11.970,00:00:17.683",
        "\"Yeah, right!\",['Joey Tribbiani'],Neutral,1,2,1,2,00:00:04.504,00:00:07.548",
        "Oh yeah!,\"['Carol Willick', 'Susan Bunch']\",Joyful,2,1,1,2,00:01:04.504,00:01:07.548",
    ],
    "dev": ["Coffee.,['#ALL#'],Peaceful,1,1,4,15,00:00:03.795,00:00:05.004"],
    "test": [
        'No!,"[""Joey\'s Sisters""]",Mad,4,1,1,1,00:09:34.865,00:09:51.423',
        "Help!,['Joey Tribbiani'],Scared,4,3,4,1,00:09:39.453,00:09:42.247",
        "Oh.,['Rachel Green'],Sad,4,4,4,1,00:09:43.416,00:09:48.169",
    ],
}


def build(root: Path, sound) -> CorpusReader:
    folder = root / "text" / "emorynlp"
    folder.mkdir(parents=True)
    for split, rows in TABLES.items():
        (folder / f"emorynlp_{split}_final.csv").write_text("\n".join([HEADER, *rows, ""]))
    return EmoryNLP()
