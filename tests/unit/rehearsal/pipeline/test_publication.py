import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from slipway.rehearsal.pipeline.json_form import as_json
from slipway.rehearsal.pipeline.page import render
from slipway.rehearsal.pipeline.publication import publish
from slipway.rehearsal.pipeline.report import PipelineReport
from slipway.rehearsal.report import Check

DOCUMENTATION = Path(__file__).parents[4] / "docs" / "concepts"


class Page(HTMLParser):
    """Ids, addresses, tags that are left open, and the text that is not a style sheet."""

    VOID = frozenset({"meta", "br", "wbr", "line", "circle", "polygon"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.fixture(params=["whole", "broken", "interrupted"])
def report(request: pytest.FixtureRequest) -> PipelineReport:
    told: PipelineReport = request.getfixturevalue(request.param)
    return told


def test_page_needs_nothing_but_itself(report: PipelineReport) -> None:
    text = render(report)
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.addresses) <= {f"#{id_}" for id_ in page.ids}, "only places within the page"
    assert page.tags.isdisjoint({"script", "link", "img", "iframe"})
    assert "url(" not in text
    assert "@import" not in text
    assert "$" not in text, "every place of the template is filled in"


def test_page_names_every_execution_stage_action_and_check(report: PipelineReport) -> None:
    text = Page(render(report)).text
    for execution in report.executions:
        assert execution.title in text
        for stage in execution.stages:
            assert stage.name in text
            assert all(action.name in text for action in stage.actions)
    assert all(check.name in text and check.detail in text for check in report.checks)


def test_page_escapes_what_others_wrote(broken: PipelineReport) -> None:
    first, *others = broken.executions
    title = "<script>alert(1)</script> & \"'"
    page = render(replace(broken, executions=(replace(first, title=title), *others)))
    assert "<script" not in page
    assert "<summer sale>" not in page
    assert "Not before the &lt;summer sale&gt; &amp; its review" in page
    assert "<6>" not in page
    assert "&lt;prod&gt;" in page
    assert "/<b>" not in page


def test_what_went_wrong_comes_first(broken: PipelineReport) -> None:
    text = Page(render(broken)).text
    error = text.index("the pipeline did not end execution <6>: see the log")
    check = text.index("no request failed in <prod>: 1 of 40")
    assert error < check < text.index("What was pushed, and how far it came")


def test_many_lines_of_a_check_wait_until_they_are_asked_for(broken: PipelineReport) -> None:
    check = Check("it is built", False, "Build: Tests\n  | 1 < 2\n  | make: Error 1")
    page = render(replace(broken, checks=(check,)))
    head, _, rest = page.partition("What was pushed")
    assert "it is built: Build: Tests</p>" in head
    assert "make: Error 1" not in head
    assert "<summary>Build: Tests</summary><pre>  | 1 &lt; 2\n  | make: Error 1</pre>" in rest


def test_failed_requests_are_listed(broken: PipelineReport) -> None:
    text = Page(render(broken)).text
    assert "40 requests to storefront, 1 failed." in text
    assert "The first requests that failed" in text
    assert "502" in text


def test_rehearsal_that_passed_says_that_executions_had_to_fail(whole: PipelineReport) -> None:
    text = Page(render(whole)).text
    assert "Of 5 executions 2 succeeded, 2 failed, 1 stopped or gave way, each as it had to" in text
    assert "none failed. All 5 checks held." in text


def test_releases_are_shown_with_hooks_and_the_requests_meanwhile(whole: PipelineReport) -> None:
    page = render(whole)
    assert page.count('<svg class="picture"') == len(whole.deployments)
    text = Page(page).text
    assert "◆ AfterAllowTestTraffic" in text
    assert "✕ AfterAllowTestTraffic" in text
    assert "by execution 4, began at" in text
    assert "takes back d-3STAGING" in text
    assert "by CodeDeploy itself" in text


def test_digests_of_environments_are_compared(whole: PipelineReport) -> None:
    assert Page(render(whole)).text.count("✓ as in staging") == 6
    changed = tuple(
        replace(each, digest="sha256:" + "0" * 64) if each.environment == "prod" else each
        for each in whole.digests
    )
    text = Page(render(replace(whole, digests=changed))).text
    assert "✓ as in staging" not in text
    assert text.count("not as in staging") == 6


def test_rehearsal_that_ended_before_the_pipeline_began_has_a_page(whole: PipelineReport) -> None:
    report = PipelineReport(
        "failed", "shop-pipeline", whole.started_at, timedelta(0), error="bootstrap: no"
    )
    text = Page(render(report)).text
    assert "The rehearsal ended before the pipeline was started." in text
    assert "bootstrap: no" in text
    assert as_json(report)["executions"] == []


def keys_of(page: str) -> set[str]:
    """Return the keys that a page documents under its heading for the report."""
    section = (DOCUMENTATION / page).read_text().partition("\n## The report\n")[2]
    return set(re.findall(r"^\| `([^`]+)`", section, flags=re.M))


def test_every_key_of_the_json_is_documented(whole: PipelineReport) -> None:
    documented = keys_of("pipeline-rehearsal.md")
    documented |= {key for key in keys_of("rehearsal.md") if key.startswith("deployments")}
    written: set[str] = set()

    def collect(value: object, way: str) -> None:
        if isinstance(value, list):
            for item in value:
                collect(item, f"{way}[]")
        elif isinstance(value, dict) and way != "traffic":
            for key, item in value.items():
                collect(item, f"{way}.{key}".lstrip("."))
        else:
            written.add(way)

    collect(as_json(whole), "")
    assert written == documented
    assert as_json(whole)["traffic"].keys() == {"staging", "prod"}


def test_json_tells_where_an_execution_ended_and_why(whole: PipelineReport) -> None:
    executions = as_json(whole)["executions"]
    assert [each["ended_in"] for each in executions] == [
        *("Prod-storefront", "Prod-storefront"),
        *("UpdatePipeline", "Staging-storefront", "Build"),
    ]
    assert executions[2]["reason"] == "after UpdatePipeline: the pipeline changed meanwhile"


def test_json_of_an_execution_in_progress_has_no_end(interrupted: PipelineReport) -> None:
    execution = as_json(interrupted)["executions"][-1]
    assert execution["ended_at"] is None
    assert execution["duration_s"] is None
    waiting = next(stage for stage in execution["stages"] if stage["status"] == "InProgress")
    assert waiting["actions"][-1]["ended_at"] is None


def test_files_are_written_whole(report: PipelineReport, tmp_path: Path) -> None:
    publish(report, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"report.json", "report.html"}
    assert json.loads((tmp_path / "report.json").read_text()) == as_json(report)
    assert (tmp_path / "report.html").read_text() == render(report)


def test_report_that_can_not_be_told_leaves_the_last_one(
    whole: PipelineReport, tmp_path: Path
) -> None:
    publish(whole, tmp_path)
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    with pytest.raises(AttributeError):
        publish(replace(whole, executions=(None,)), tmp_path)  # type: ignore[arg-type]
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == before
