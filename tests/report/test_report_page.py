"""The page: self-contained, well-formed, escaped, true to its tables, and the same bytes when built again."""

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import pandas as pd
import pytest

from simulations.report import build_report
from simulations.scoring import ACCUMULATED_COLUMNS, LEAKAGE_COLUMNS, ROUND_COLUMNS

FIGURES = ("corpora", "layers", "leakage", "membership", "rounds", "accumulated", "ser")
ODD_NAME = "<script>alert('$x$ & $y$')</script>"


@pytest.fixture(scope="module")
def built(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "run"
    shutil.copytree(made_up, folder)
    assert build_report(folder) == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def page(built: Path) -> str:
    return (built / "report.html").read_text(encoding="utf-8")


class _Page(HTMLParser):
    """Every id and reference of a page; fails on tags that are not closed in order."""

    void = frozenset({"meta", "link", "br", "img", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: set[str] = set()
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.void:
            self._open.append(tag)
        self._note(attributes)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._note(attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def _note(self, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.add(value or "")
            self.references |= set(re.findall(r"url\(#([^)]*)\)", value or ""))
            if name in ("href", "xlink:href") and (value or "").startswith("#"):
                self.references.add((value or "")[1:])


def _text(page: str) -> str:
    """What is read on the page: without tags, style and line breaks."""
    body = re.sub(r"<style>.*?</style>|<svg.*?</svg>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_page_opens_without_a_network(page: str) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|\bsrc=|<script|<link|<iframe", page)


def test_tags_are_closed_and_ids_are_unique_and_found(page: str, built: Path) -> None:
    found = _Page(page)
    assert len(found.ids) == len(set(found.ids))
    assert found.references <= set(found.ids)
    assert len(found.references) > 50
    files = {link for link in found.links if not link.startswith("#")}
    assert files == {f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")}
    assert all((built / link).is_file() for link in files)


def test_figures_lie_beside_the_page(built: Path) -> None:
    for name in FIGURES:
        svg = (built / "figures" / f"{name}.svg").read_text()
        assert svg.startswith("<?xml") and 'width="252pt"' in svg  # 3.5 inches: a paper's column
        assert (built / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert len(list((built / "figures").iterdir())) == 2 * len(FIGURES)


def test_built_again_it_is_the_same_bytes_and_leaves_matplotlib_alone(built: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(built, again, ignore=shutil.ignore_patterns("figures", "report.html"))
    with matplotlib.rc_context({"font.size": 30.0, "svg.hashsalt": "another", "lines.linewidth": 9.0}):
        settings = dict(matplotlib.rcParams)
        build_report(again)
        assert dict(matplotlib.rcParams) == settings
    names = ["report.html", *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png"))]
    assert [name for name in names if (again / name).read_bytes() != (built / name).read_bytes()] == []


def test_the_page_says_what_was_run_and_what_the_adversary_sees(page: str) -> None:
    text = _text(page)
    assert (
        "An emotion model was trained federatedly with FedSGD on ravdess (24 speakers, 672 utterances), from emobase"
        " features normalised per corpus, for 200 rounds in 5 speaker-disjoint folds, without any defense."
    ) in text
    assert (
        "it learns to read each client's gender off an update from 5 shadow trainings of its own on emodb (10 speakers,"
        " 339 utterances) and ased (65 speakers, 1,860 utterances), none of whose speakers takes part"
    ) in text
    assert "normalise: corpus" in text and "learning_rate: 0.1" in text
    assert "torch 2.13.0" in text and "whose seed is 7" in text
    assert "attack/cnn 2026-01-05 10:20:00 0:23:10 7" in text


def test_the_page_gives_the_numbers_of_the_table(page: str, built: Path) -> None:
    text, table = _text(page), pd.read_csv(built / "leakage.csv")
    rows = table[(table["metric"] == "uar") & (table["unit"] == "update")].set_index(["attack", "layer"])
    for attack, layer, shown in (("logistic", "dense1", "logistic dense1"), ("cnn", "fused", "cnn fused layers")):
        row = rows.loc[(attack, layer)]
        assert f"{shown} {row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}] 2,000" in text
    best = rows.loc[("logistic", "dense1")]
    assert (
        f"Per update, logistic on dense1 infers gender with a UAR of {best['value']:.2f} [{best['low']:.2f},"
        f" {best['high']:.2f}], the highest of 2 such scores; chance is 0.50, and its whole interval lies above chance."
    ) in text
    assert "Scores per client are left out: they equal those per speaker." in text


def test_the_page_teaches_how_to_read_few_speakers(page: str) -> None:
    text = _text(page)
    assert "of the 24 private speakers (12 female and 12 male)" in text
    assert "the interval has no width (here: logistic per speaker, oracle per update and oracle per speaker)" in text
    assert "12 of 12 speakers still reaches down to a recall of 0.74" in text  # 0.025 ** (1 / 12)


@pytest.mark.usefixtures("blank_figures")
def test_the_page_warns_of_few_speakers_and_not_of_many(page: str, run_folder: Path) -> None:
    warning = (
        "There are few private speakers (12 female and 12 male; fewer than 20 of a value): these intervals are wide"
    )
    assert warning in _text(page)
    assert "One speaker judged otherwise moves the UAR per speaker by up to 0.04, and the attacks' intervals" in _text(
        page
    )
    assert "10,000 of the ways of dealing tried, the lowest p-value is 0.0001, and 0.0005 after Holm" in _text(page)
    table = pd.read_csv(run_folder / "corpora.csv")
    table.loc[table["kind"] == "attribute", "count_speakers"] = 5
    table.to_csv(run_folder / "corpora.csv", index=False)
    few = _text(build_report(run_folder).read_text(encoding="utf-8"))
    assert "UAR per speaker by up to 0.10" in few  # 1 / (2 values of 5)
    # 10! / (5! 5!) = 252 ways, and five scores: four of cnn, one of logistic
    assert "With all 252 ways of dealing tried, the lowest p-value is 0.004, and 0.02 after Holm" in few
    table.loc[table["kind"] == "attribute", "count_speakers"] = 20
    table.to_csv(run_folder / "corpora.csv", index=False)
    assert "There are few" not in _text(build_report(run_folder).read_text(encoding="utf-8"))


def test_the_page_compares_each_attack_with_chance_and_with_the_best(page: str, built: Path) -> None:
    text, table = _text(page), pd.read_csv(built / "leakage.csv").query("metric == 'uar' and unit == 'update'")
    cnn = table[(table["attack"] == "cnn") & (table["layer"] == "fused")].iloc[0]
    assert "Against chance, and against logistic/dense1." in text
    difference = f"{cnn['difference']:+.2f} [{cnn['difference_low']:+.2f}, {cnn['difference_high']:+.2f}]"
    assert f"cnn fused layers update ± {cnn['fold_sd']:.2f} < 0.001 < 0.001 {difference}" in text
    assert re.search(r"majority control: the commonest value update ± 0\.00 1\.000 \N{EN DASH}", text)


def test_the_page_says_what_was_left_out(page: str) -> None:
    assert "Left out: ravdess 192 (calm), 2 (bad audio); ased 110 (fearful)." in _text(page)


@pytest.mark.usefixtures("blank_figures")
def test_an_attack_that_answers_everyone_alike_is_called_so(run_folder: Path) -> None:
    table = pd.read_csv(run_folder / "leakage.csv")
    mute = (table["attack"] == "cnn") & (table["metric"] == "uar")
    table.loc[mute, ["value", "low", "high"]] = 0.5
    table.to_csv(run_folder / "leakage.csv", index=False)
    text = _text(build_report(run_folder).read_text(encoding="utf-8"))
    assert "means the same answer for everyone (here: cnn per update and cnn per speaker)." in text


def test_names_are_words_and_never_markup(odd_run: Path) -> None:
    page = build_report(odd_run).read_text(encoding="utf-8")
    assert ODD_NAME in _text(page)
    assert "script" not in _Page(page).tags
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#39;$x$ &amp; $y$&#39;)&lt;/script&gt;" in page
    drawn = (odd_run / "figures" / "corpora.svg").read_text()
    assert "<!-- &lt;script&gt;alert('$x$ &amp; $y$')&lt;/script&gt; -->" in drawn
    assert "Oblique" not in drawn  # $x$ is drawn as it stands: a formula would be slanted


@pytest.mark.usefixtures("blank_figures")
def test_a_run_that_attacks_nothing_has_a_report_of_its_training(run_folder: Path) -> None:
    (run_folder / "leakage.csv").write_text(",".join(LEAKAGE_COLUMNS) + "\n")
    (run_folder / "leakage_rounds.csv").write_text(",".join(ROUND_COLUMNS) + "\n")
    (run_folder / "leakage_accumulated.csv").write_text(",".join(ACCUMULATED_COLUMNS) + "\n")
    membership = [(run_folder / name).read_text() for name in ("membership.csv", "membership_roc.csv")]
    for name, table in zip(("membership.csv", "membership_roc.csv"), membership, strict=True):
        (run_folder / name).write_text(table.partition("\n")[0] + "\n")
    text = _text(build_report(run_folder).read_text(encoding="utf-8"))
    assert "here it attacks nothing." in text
    assert "This run attacks nothing: its configuration names no attack." in text
    assert sorted(path.name for path in (run_folder / "figures").iterdir()) == [
        *("corpora.png", "corpora.svg", "ser.png", "ser.svg")
    ]


@pytest.mark.usefixtures("blank_figures")
def test_a_control_that_is_not_at_chance_is_told(run_folder: Path) -> None:
    table = pd.read_csv(run_folder / "leakage.csv")
    chosen = (table["attack"] == "permuted") & (table["metric"] == "uar") & (table["unit"] == "update")
    table.loc[chosen, ["value", "low", "high"]] = [0.61, 0.55, 0.66]
    table.to_csv(run_folder / "leakage.csv", index=False)
    text = _text(build_report(run_folder).read_text(encoding="utf-8"))
    assert "The control permuted is not at chance per update (0.61 [0.55, 0.66]): read the attacks" in text


def test_the_page_says_who_took_part_and_what_could_be_measured(page: str, built: Path) -> None:
    text, table = _text(page), pd.read_csv(built / "membership.csv")
    rows = table[(table["attack"] == "loss") & (table["unit"] == "utterance")].set_index(["against", "metric"])
    auc = rows.loc[("same_speakers", "auc")]
    assert (
        "Utterances, against others of the same speakers: loss has the highest AUC of 1 such scores,"
        f" {auc['value']:.2f} [{auc['low']:.2f}, {auc['high']:.2f}]; its whole interval lies above chance."
    ) in text
    # Of 24 speakers 5 are held out, with ten utterances each; the others have two of validation.
    assert "38 different validation utterances resolve a false positive rate of 1/38 = 2.6 %, so that no" in text
    assert (
        "50 different utterances of held-out speakers resolve a false positive rate of 1/50 = 2 %, so that no" in text
    )
    assert "5 different held-out speakers resolve a false positive rate of 1/5 = 20 %, so that no true positive" in text
    assert "rate at 1 % or 0.1 % is given" in text
    assert "what is found there is the speaker as much as the utterance" in text
    assert "loss mean of the utterances" in text and f"{chr(0x2013)} {chr(0x2013)} {chr(0x2013)}" in text


@pytest.mark.usefixtures("blank_figures")
def test_a_run_that_asks_only_who_took_part_says_so(run_folder: Path) -> None:
    (run_folder / "leakage.csv").write_text(",".join(LEAKAGE_COLUMNS) + "\n")
    (run_folder / "leakage_rounds.csv").write_text(",".join(ROUND_COLUMNS) + "\n")
    (run_folder / "leakage_accumulated.csv").write_text(",".join(ACCUMULATED_COLUMNS) + "\n")
    text = _text(build_report(run_folder).read_text(encoding="utf-8"))
    assert "here it asks only who took part in the training." in text
    assert "This run attacks no attribute; who took part in its training is told below." in text
    assert (run_folder / "figures" / "membership.svg").is_file()
