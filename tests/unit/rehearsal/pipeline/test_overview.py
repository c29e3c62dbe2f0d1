import re
from dataclasses import replace
from datetime import timedelta

from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.pipeline import overview
from slipway.rehearsal.pipeline.report import PipelineReport
from slipway.rehearsal.traffic import Traffic


def test_execution_has_a_line_with_a_square_for_each_stage(whole: PipelineReport) -> None:
    items = re.findall(r"<li>.*?</li>", overview.lines(whole))
    assert len(items) == len(whole.executions)
    for item, execution in zip(items, whole.executions, strict=True):
        labels = re.findall(r'role="img" aria-label="([^"]+)"', item)
        assert [label.partition(":")[0] for label in labels] == [s.name for s in execution.stages]


def test_square_says_how_its_stage_stands(whole: PipelineReport) -> None:
    *_, rejected, _ = re.findall(r"<li>.*?</li>", overview.lines(whole))
    assert 'aria-label="Staging: succeeded"' in rejected
    assert 'aria-label="Staging-inventory: skipped"' in rejected
    assert 'aria-label="Staging-storefront: failed"' in rejected
    assert 'aria-label="Prod: not reached"' in rejected


def test_long_reason_is_cut(whole: PipelineReport) -> None:
    *others, last = whole.executions
    source, build, *pending = last.stages
    *passed, synth = build.actions
    failed = replace(build, actions=(*passed, replace(synth, error="why " * 1000)))
    execution = replace(last, stages=(source, failed, *pending))
    line = overview.lines(replace(whole, executions=(*others, execution)))
    assert 0 < line.count("why ") < 100


def test_run_shows_who_answered_and_where_requests_failed(whole: PipelineReport) -> None:
    answers = [
        Answer(
            start=whole.started_at.timestamp() + half / 2,
            latency_ms=1,
            path="/",
            status=502 if half == 160 else 200,
            error=None,
            revision="r:1" if half < 100 else "r:2",
            version="1" if half < 100 else "2",
        )
        for half in range(200)
    ]
    report = replace(whole, duration=timedelta(seconds=100), traffic={"prod": Traffic.of(answers)})
    drawn = overview.run(report)
    assert "prod answers" in drawn
    ones, twos = re.findall(r'answers version-\d" style="left:([\d.]+)%;width:([\d.]+)%', drawn)
    assert (float(ones[0]), float(twos[0])) == (0, 50)
    (failed,) = re.findall(r'failed-requests" style="left:([\d.]+)%', drawn)
    assert float(failed) == 80
    assert "200 requests, 1 failed" in drawn


def test_long_load_is_drawn_in_few_parts(whole: PipelineReport) -> None:
    start = whole.started_at.timestamp()
    answers = [
        Answer(start + n / 4, 1, "/", 502, None, f"r:{n % 2}", f"{n % 2}") for n in range(20_000)
    ]
    drawn = overview.run(replace(whole, traffic={"prod": Traffic.of(answers)}))
    assert drawn.count("failed-requests") <= 300


def test_pipeline_that_never_started_has_no_run(whole: PipelineReport) -> None:
    report = replace(whole, executions=())
    assert overview.run(report) == ""
    assert "never started" in overview.lines(report)
