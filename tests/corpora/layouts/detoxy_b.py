"""DeToxy-B: its four tables, one of which repeats rows of the others, and MELD's beside them."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.detoxy_b import DeToxyB

HEADER = "Dataset,FileName,text,label2a,Starting,Ending"
TABLES = {
    "train": [
        "Common Voice,common_voice_en_18124427,Is he a drunkard or what?,1,,",
        "Common Voice,common_voice_en_571094,Her jeans have holes in them.,0,,",
        "MELD,train_dia0_utt0,See\ufffd\ufffd here.,0,,",
        "MELD,test_dia0_utt0,You are both idiots.,1,,",
    ],
    "valid": ['VCTK,p260_009_mic1,"There is a pot of gold.\n",0,,', "VCTK,s5_036_mic1,He is an idiot.,1,,"],
    "test": ["LJ Speech,LJ036-0050,He looks like a maniac.,1,,", "MELD,train_dia99_utt9,Nobody knows me.,0,,"],
    "trigger_test": ["Common Voice,common_voice_en_571094,Her jeans have holes in them.,0,,"],
}
MELD = {
    "train": "1,See here.,Monica,neutral,neutral,0,0,4,7",
    "dev": "1,Stop it!,Tag,anger,negative,0,0,8,3",
    "test": "1,You are both idiots.,Ross,anger,negative,0,0,1,1",
}
MELD_HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode"


def build(root: Path, sound) -> CorpusReader:
    folder, meld = root / "text" / "detoxy-b", root / "text" / "meld"
    folder.mkdir(parents=True)
    meld.mkdir()
    for split, rows in TABLES.items():
        (folder / f"{split}.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    for split, row in MELD.items():
        (meld / f"{split}_sent_emo.csv").write_text(f"{MELD_HEADER}\n{row}\n")
    return DeToxyB(meld_path=str(meld))
