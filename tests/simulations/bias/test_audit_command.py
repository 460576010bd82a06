"""``fedser audit``: from a file to a page, what is refused, and a run of the platform as input."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from fedser.config import load
from fedser.config.document import Document
from fedser.config.validate import validate
from simulations.bias.audit import Audit
from simulations.bias.report import build_audit_report
from simulations.bias.sources import Table

Fedser = Callable[..., tuple[int, str, str]]
SCORED = "predictions.scores={yes: yes, no: no}"
QUICK = ("--set", "scores.bootstrap=100", "--set", "scores.permutations=99")


def test_a_table_becomes_a_page_that_says_what_its_tables_do(
    fedser: Fedser, published: pd.DataFrame, tmp_path: Path
) -> None:
    published.to_csv(tmp_path / "faces.csv", index=False)
    out = tmp_path / "out"
    asked = ("audit", tmp_path / "faces.csv", "--set", "groups=[gender]", "--set", "paper=true", *QUICK, "--out", out)
    code, said, errors = fedser(*asked)
    assert code == 0, errors
    assert "2,750 predictions, of the classes happy, neutral, sad, compared by gender." in said
    assert "neutral is 47% of the rows of male and 32% of those of female" in said
    page = (out / "report.html").read_text("utf-8")
    assert "Beside the published rates" in page and page.count("<figure") == 4
    assert "://" not in page  # opens without a network
    before = page
    build_audit_report(out)
    assert (out / "report.html").read_text("utf-8") == before
    assert fedser(*asked)[0] == 0  # again, in its own folder


def test_parquet_is_read_as_csv_is(people: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    table = people()
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_parquet(tmp_path / "t.parquet")
    read = {
        kind: Table(path=f"t.{kind}", scores={"yes": "yes", "no": "no"}, subject="speaker").read(["race"], tmp_path)
        for kind in ("csv", "parquet")
    }
    columns = ["true", "predicted", "subject", "race"]
    assert read["csv"].rows[columns].to_numpy().tolist() == read["parquet"].rows[columns].to_numpy().tolist()
    assert (read["csv"].scores == read["parquet"].scores).all() and read["csv"].scored == read["parquet"].scored
    assert [read[kind].row_word for kind in read] == ["line", "row"]
    assert [read[kind].rows["id"].iloc[0] for kind in read] == ["2", "1"]


BAD = """true,predicted,gender,race,yes,no
yes,,female,x,0.9,0.1
,yes,male,y,0.7,0.3
no,no,,y,1.2,-0.2
no,no,male,y,0.4,0.4
no,maybe,male,y,nonsense,0.5
"""


def test_everything_that_is_wrong_with_a_table_is_told_at_once(fedser: Fedser, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(BAD, encoding="utf-8")
    place = str(tmp_path / "t.csv")
    code, _, errors = fedser(
        "audit", place, "--set", "groups=[gender, race]", "--set", SCORED, "--set", "predictions.predicted=predicted",
        "--set", "reference.gender=other", "--out", tmp_path / "out",
    )  # fmt: skip
    assert code == 2 and not (tmp_path / "out").exists()
    assert [line.removeprefix("fedser: ") for line in errors.splitlines()] == [
        f"{place}, line 3: no true given",
        f"{place}, line 2: no predicted given",
        f"{place}, line 6: predicted is no class: 'maybe' (choose from yes, no)",
        f"{place}, lines 4, 6: the score of yes is no probability (0 to 1)",
        f"{place}, line 4: the score of no is no probability (0 to 1)",
        f"{place}, line 5: the scores of a row sum to 0.8; probabilities sum to 1",
        f"{place}, line 4: no gender known (unknown: leave_out leaves such rows out)",
        "reference.gender: no group 'other' (choose from female, male)",
        f"{place}: gender female: one true class, yes, in all its rows (1)"
        " (one_class: keep tells the few rates that are defined)",
        f"{place}: gender male: one true class, no, in all its rows (3)"
        " (one_class: keep tells the few rates that are defined)",
        f"{place}: race x: one true class, yes, in all its rows (1)"
        " (one_class: keep tells the few rates that are defined)",
        f"{place}: race y: one true class, no, in all its rows (4)"
        " (one_class: keep tells the few rates that are defined)",
    ]


def test_columns_that_are_none_are_told_with_those_that_are(fedser: Fedser, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("true,predicted,sex\na,a,f\n", encoding="utf-8")
    code, _, errors = fedser(
        "audit", tmp_path / "t.csv", "--set", "groups=[gender]", "--set", "predictions.subject=who"
    )
    assert code == 2
    assert "no column 'gender'; the columns are true, predicted, sex" in errors and "no column 'who'" in errors


def test_a_file_that_is_no_parquet_is_refused(fedser: Fedser, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_text("true,predicted,gender\n", encoding="utf-8")
    code, _, errors = fedser("audit", tmp_path / "t.parquet", "--set", "groups=[gender]")
    assert code == 2 and "not a parquet file" in errors


def test_rows_without_a_group_are_left_out_where_that_is_asked(
    fedser: Fedser, published: pd.DataFrame, tmp_path: Path
) -> None:
    published.loc[:9, "gender"] = ""
    published.to_csv(tmp_path / "t.csv", index=False)
    keys = ("--set", "groups=[gender]", "--set", "unknown=leave_out", *QUICK, "--out", tmp_path / "out")
    code, said, errors = fedser("audit", tmp_path / "t.csv", *keys)
    assert code == 0, errors
    assert "2,740 predictions" in said and "10 more were left out" in said


def test_groups_of_one_class_are_told_where_that_is_asked(fedser: Fedser, tmp_path: Path) -> None:
    rows = "a,a,f\na,b,f\na,a,m\nb,b,m\nb,a,m\n"
    (tmp_path / "t.csv").write_text(f"true,predicted,gender\n{rows}", encoding="utf-8")
    keys = ("--set", "groups=[gender]", "--set", "one_class=keep", *QUICK, "--out", tmp_path / "out")
    code, said, errors = fedser("audit", tmp_path / "t.csv", *keys)
    assert code == 0, errors
    assert "there is no row at all, and no rate" in said
    found = pd.read_csv(tmp_path / "out" / "rates.csv").set_index(["group", "class", "rate"])["value"]
    assert pd.isna(found["f", "b", "tpr"]) and found["f", "a", "tpr"] == 0.5


def test_a_folder_with_something_else_is_not_written_into(
    fedser: Fedser, published: pd.DataFrame, tmp_path: Path
) -> None:
    published.to_csv(tmp_path / "t.csv", index=False)
    code, _, errors = fedser("audit", tmp_path / "t.csv", "--set", "groups=[gender]", "--out", tmp_path)
    assert code == 2 and "not empty and not an audit's folder" in errors


def test_mistakes_of_a_config_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    keys = {"intersections": [["gender", "age"]], "reference": {"race": "x"}, "groups": ["gender", "gender"]}
    path.write_text(yaml.safe_dump({"name": "a", "predictions": {"name": "table", "path": "t.csv"}} | keys))
    with pytest.raises(Exception) as caught:
        load(Audit, path)
    for part in ("gender is given twice", "[gender, age]: give two or more", "race is none of the groups"):
        assert part in str(caught.value)


def test_a_stored_audit_is_the_one_that_was_asked() -> None:
    groups = ["gender", {"name": "groups", "of": "age", "edges": [30.0]}]
    data = {"name": "a", "groups": groups, "predictions": {"name": "run", "folder": "runs/a"}}
    audit = validate(Audit, Document(data))
    assert validate(Audit, Document(audit.dump())) == audit and audit.dump()["groups"][0] == "gender"


def test_a_run_is_audited_by_what_its_held_out_models_say(
    fedser: Fedser, config: Callable[..., Path], tmp_path: Path
) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    assert fedser("run", config(attacks=[], oracle=None), "--out", run)[0] == 0
    code, said, errors = fedser("audit", run, "--set", "groups=[gender]", *QUICK, "--out", out)
    assert code == 0, errors
    assert "of 8 persons" in said
    rows, utility = pd.read_csv(out / "predictions.csv"), pd.read_csv(run / "utility.csv").set_index("metric")
    assert len(rows) == utility.loc["uar", "n"]
    folds = pd.read_csv(run / "ser.csv").query("role == 'private' and split == 'test'")
    accuracy = (folds["accuracy"] * folds["n"]).sum() / folds["n"].sum()
    assert (rows["true"] == rows["predicted"]).mean() == pytest.approx(accuracy, abs=1e-6)
    assert len(pd.read_csv(out / "calibration.csv")) == 2
    code, _, errors = fedser("audit", run, "--set", "groups=[race]", "--out", tmp_path / "other")
    assert code == 2 and "no speaker attribute 'race' (choose from" in errors
