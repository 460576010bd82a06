"""FairFace: attributes without a label, tables that a spreadsheet has changed, and the true counts."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fedser.corpora import ReadContext
from fedser.corpora.fairface import FairFace
from fedser.errors import InputError


def refusal(context: ReadContext) -> list[str]:
    with pytest.raises(InputError) as caught:
        FairFace().read(context)
    return str(caught.value).splitlines()


def test_the_tables(builders: Mapping, context: ReadContext) -> None:
    corpus = builders["fairface"](context.data_root).read(context)
    root = context.data_root / "fairface"
    assert (corpus.media, corpus.labels, corpus.attributes) == ("image", (), ("gender", "age", "race"))
    assert corpus.utterances.values.tolist() == [
        ["train/41", f"{root}/train/41.jpg", "train/41", "train"],
        ["train/140", f"{root}/train/140.jpg", "train/140", "train"],
        ["train/9", f"{root}/train/9.jpg", "train/9", "train"],
        ["val/6", f"{root}/val/6.jpg", "val/6", "dev"],
        ["val/10", f"{root}/val/10.jpg", "val/10", "dev"],
    ]
    assert corpus.speakers.values.tolist() == [
        ["train/140", "female", "20-29", "East Asian"],
        ["train/41", "male", "20-29", "White"],
        ["train/9", "female", "more than 70", "Black"],
        ["val/10", "male", "3-9", "Southeast Asian"],
        ["val/6", "male", "30-39", "Latino_Hispanic"],
    ]


def test_every_mistake_of_the_tables_at_once(builders: Mapping, context: ReadContext) -> None:
    builders["fairface"](context.data_root)
    root = context.data_root / "fairface"
    train = root / "fairface_label_train.csv"
    train.write_text(train.read_text().replace("20-29", "19-Oct").replace("Female", "F"))
    (root / "fairface_label_val.csv").unlink()
    assert refusal(context) == [
        f"{root}/fairface_label_val.csv: no such file; it is part of FairFace (https://github.com/joojs/fairface)",
        f"{train}: a spreadsheet made dates of ages: take the authors' own file",
        f"{train}:3: gender 'F' is not one of Male, Female (nor on line 4)",
        f"{train}:2: age '19-Oct' is not one of 0-2, 3-9, 10-19, 20-29, 30-39, 40-49, 50-59, 60-69, more than 70"
        " (nor on line 3)",
    ]


def test_images_that_are_missing(builders: Mapping, context: ReadContext) -> None:
    builders["fairface"](context.data_root)
    root = context.data_root / "fairface"
    (root / "val" / "6.jpg").unlink()
    assert refusal(context) == [
        f"{root}: 1 of 5 utterances have no file: val/6;"
        " get them, or leave these utterances out with missing_files: drop"
    ]
    dropped = FairFace(missing_files="drop").read(context)
    assert (dropped.dropped, len(dropped.speakers)) == ({"no file": 1}, 4)


def test_the_real_faces(shared_data: Path, tmp_path: Path) -> None:
    corpus = FairFace().read(ReadContext(shared_data, tmp_path))
    assert corpus.utterances["split"].value_counts().to_dict() == {"train": 1120, "dev": 420}
    groups = corpus.speakers.groupby(["race", "gender"]).size()
    assert (len(groups), set(groups)) == (14, {110})
    assert corpus.speakers["age"].value_counts().to_dict() == {
        "20-29": 437,
        "30-39": 323,
        "40-49": 202,
        "3-9": 192,
        "10-19": 181,
        "50-59": 103,
        "60-69": 58,
        "0-2": 30,
        "more than 70": 14,
    }
