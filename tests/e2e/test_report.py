"""`bridgenotes report`: one page, whole, safe and without people."""

from __future__ import annotations

import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridgenotes.cli.failures import UsageError
from bridgenotes.cli.main import app
from unit.report.made_up import FIRST_NOTE, community, edit_record, empty_run, score

SECTIONS = ("bridging", "map", "raters", "viewpoints", "funnel", "time", "rules")
VOID = frozenset(("meta", "br", "hr", "img", "link", "input"))


class Page(HTMLParser):
    """Checks that tags are closed in order, and remembers them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.open, self.found = text, [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


def report(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["report", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("report")
    score(community(base / "community"), base / "scored")
    said = report(base / "scored")
    assert "Wrote" in said
    assert "report.html" in said
    return base


@pytest.fixture(scope="module")
def page(base: Path) -> Page:
    return Page((base / "scored" / "report.html").read_text("utf-8"))


def test_all_sections_are_there(page: Page) -> None:
    assert tuple(section["id"] for section in page.all("section")) == SECTIONS
    assert len(page.all("h1")) == 1
    assert "Left out" not in page.text


def test_every_chart_can_be_read_aloud(page: Page) -> None:
    charts = [attrs for attrs in page.all("div") if attrs.get("role") == "img"]
    assert len(charts) == len(page.all("figure")) == len(page.all("figcaption")) >= 9
    assert all(len(attrs["aria-label"] or "") > 40 for attrs in charts)
    assert len(page.all("details")) == len(charts)
    assert all(attrs["aria-hidden"] == "true" for attrs in page.all("svg"))
    assert "\n" not in "".join(attrs["aria-label"] or "" for attrs in charts)


def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    for _, attrs in page.found:
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert (attrs.get(name) or "#").startswith("#")
    assert not re.search(r"https?://|@import|url\((?!#)", page.text)
    assert page.all("script") == page.all("link") == page.all("img") == []


def test_ids_are_unique_and_links_lead_somewhere(page: Page) -> None:
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    used = {link["href"][1:] for link in page.all("a")} | set(re.findall(r"url\(#([^)]+)\)", page.text))
    assert used <= set(ids)


def test_no_contributor_is_named(page: Page) -> None:
    assert "CONTRIBUTOR" not in page.text


def test_no_group_of_few_raters_is_shown(page: Page) -> None:
    tables = re.search(r'<section id="viewpoints".*?</section>', page.text, re.DOTALL)[0]
    counts = re.findall(r'<tr><th scope="row">[^<]* to [^<]*</th><td>([\d,]+)</td>', tables)
    assert len(counts) > 6
    assert min(int(count.replace(",", "")) for count in counts) >= 5


def test_the_same_run_gives_the_same_page(base: Path, page: Page) -> None:
    report(base / "scored", "--out", base / "again.html")
    again = (base / "again.html").read_text("utf-8")
    assert again == page.text


def test_both_formats_give_the_same_page(base: Path, page: Page) -> None:
    other = score(base / "community", base / "tsv", format="tsv")
    report(other)
    assert (other / "report.html").read_text("utf-8") == page.text


def test_planted_markup_is_only_text(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "scored"
    shutil.copytree(base / "scored", run)
    planted = "<script>alert(1)<"
    edit_record(
        run,
        inputs=[f"/somewhere/private/{planted}"],
        bridgenotes=planted,
        effects={planted: [{"rule": planted, "decided": 1, "changed": 1}]},
    )
    report(run)
    page = Page((run / "report.html").read_text("utf-8"))
    assert page.all("script") == []
    assert "&lt;script&gt;alert(1)&lt;" in page.text
    assert "private" not in page.text


def test_input_that_is_gone_is_said_and_can_be_named(base: Path, tmp_path: Path) -> None:
    run = tmp_path / "scored"
    shutil.copytree(base / "scored", run)
    edit_record(run, inputs=[str(tmp_path / "gone")])
    report(run)
    assert "Left out: the scored input is not where it was" in (run / "report.html").read_text("utf-8")
    report(run, "--input", base / "community")
    assert "Left out" not in (run / "report.html").read_text("utf-8")


def test_an_input_that_cannot_be_read_is_said(base: Path, tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "ratings-00000.tsv").write_text("nonsense\n")
    report(base / "scored", "--input", tmp_path / "input", "--out", tmp_path / "page.html")
    assert "Left out: the input cannot be read." in Page((tmp_path / "page.html").read_text("utf-8")).text


@pytest.mark.parametrize("profile", ["birdwatch-2022"])
def test_other_profiles(base: Path, tmp_path: Path, profile: str) -> None:
    run = score(base / "community", tmp_path / "scored", profile=profile)
    report(run)
    assert "December 2022" in Page((run / "report.html").read_text("utf-8")).text
    result = CliRunner().invoke(app, ["explain", str(FIRST_NOTE), "-s", str(run)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "Rejected" not in result.stdout


def test_an_empty_run(tmp_path: Path) -> None:
    run = empty_run(tmp_path / "nothing", tmp_path / "scored")
    report(run)
    page = Page((run / "report.html").read_text("utf-8"))
    assert tuple(section["id"] for section in page.all("section")) == SECTIONS
    assert "There are no notes to show." in page.text


def refused(*arguments: object) -> str:
    with pytest.raises(UsageError) as caught:
        report(*arguments)
    return str(caught.value)


def test_no_scored_run(tmp_path: Path) -> None:
    assert "run.json is missing" in refused(tmp_path)


def test_a_named_input_that_is_not_there(base: Path, tmp_path: Path) -> None:
    assert "no such file or folder" in refused(base / "scored", "--input", tmp_path / "no")


def test_without_the_drawing_libraries(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert "pip install 'bridgenotes[analysis]'" in refused(base / "scored")
