"""EmoBank: its table, with sentences of documents and headlines, which have other ids."""

from pathlib import Path

from fedser.corpora import CorpusReader
from fedser.corpora.emobank import EmoBank

TABLE = """\
id,split,V,A,D,text
110CYL068_1036_1079,train,3.0,3.0,3.2,"Remember what she said in my last letter? \"\""
110CYL068_1079_1110,test,2.8,3.1,2.8,If I wasn't working here.
20000410_nyt-NEW_12_40,dev,3.44,3.0,3.22,"Goodwill helps, he said."
SemEval_1,train,1.2,4.4,1.78,Mortar assault leaves at least 18 dead
SemEval_10,train,4.6,1.8,4.2,Goal delight for Sheva
"""


def build(root: Path, sound) -> CorpusReader:
    folder = root / "text" / "emobank"
    folder.mkdir(parents=True)
    (folder / "emobank.csv").write_text(TABLE)
    return EmoBank()
