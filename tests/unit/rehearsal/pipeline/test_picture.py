import re
from datetime import timedelta

from slipway.rehearsal.pipeline.picture import draw
from slipway.rehearsal.pipeline.report import Execution, PipelineReport


def rows(execution: Execution, report: PipelineReport) -> dict[str, str]:
    """Return the line of each stage, without the actions that it opens to."""
    drawn = draw(execution, report.started_at + report.duration)
    lines = re.findall(r'<li class="stage .*?(?:</summary>|</li>)', drawn)
    return {re.sub(r"<[^>]+>", " ", line).split()[1]: line for line in lines}


def lanes(line: str) -> int:
    (count,) = re.findall(r"--lanes:(\d+)", line)
    return int(count)


def test_actions_of_the_same_time_are_stacked_and_others_are_not(whole: PipelineReport) -> None:
    lines = rows(whole.executions[0], whole)
    assert lanes(lines["Build"]) == 2, "images beside tests"
    assert lanes(lines["Staging"]) == 2, "two stacks at a time, of eight after one another"
    assert lanes(lines["UpdatePipeline"]) == 1


def test_time_goes_to_the_right_and_stays_in_the_picture(whole: PipelineReport) -> None:
    for execution in whole.executions:
        drawn = draw(execution, whole.started_at + whole.duration)
        for left, width in re.findall(r"left:([\d.]+)%;width:([\d.]+)%", drawn):
            assert 0 <= float(left) <= float(left) + float(width) <= 100.001


def test_waiting_between_attempts_is_drawn(whole: PipelineReport) -> None:
    line = rows(whole.executions[1], whole)["Prod"]
    assert 'title="waited 20 s"' in line
    assert "2 attempts" in line


def test_failed_stage_is_open_and_others_are_not(whole: PipelineReport) -> None:
    lines = rows(whole.executions[3], whole)
    assert "<details open>" in lines["Staging-storefront"]
    assert "<details>" in lines["Staging"]


def test_opened_stage_has_the_whole_width_for_its_own_time(whole: PipelineReport) -> None:
    drawn = draw(whole.executions[3], whole.started_at + whole.duration)
    opened = drawn.partition("<details open>")[2]
    actions = opened.partition('<ol class="actions">')[2].partition("</ol>")[0]
    places = re.findall(r"left:([\d.]+)%;width:([\d.]+)%", actions)
    assert float(places[0][0]) == 0
    assert sum(map(float, places[-1])) == 100


def test_stage_is_told_in_words_too(whole: PipelineReport) -> None:
    lines = rows(whole.executions[1], whole)
    assert "1 not approved, 1 approved" in lines["Prod"]
    assert "skipped" in lines["Staging-inventory"]


def test_stages_that_were_not_reached_are_named(whole: PipelineReport) -> None:
    line = rows(whole.executions[3], whole)["not"]
    assert "Prod, Prod-inventory, Prod-storefront" in line


def test_action_tells_what_it_took_from_whom_and_what_it_made(whole: PipelineReport) -> None:
    drawn = draw(whole.executions[0], whole.started_at + whole.duration)
    assert "takes <b>Images_x86_64_Output</b> from Images-x86_64" in drawn
    assert "makes <b>Synth_Output</b>, 3.9 MB" in drawn


def test_bars_leave_out_what_all_names_begin_with(whole: PipelineReport) -> None:
    line = rows(whole.executions[0], whole)["Staging"]
    assert "<b>network.Deploy</b>" in line
    assert "<b>Render</b>" in line


def test_action_in_progress_reaches_to_the_end_of_the_rehearsal(
    interrupted: PipelineReport,
) -> None:
    line = rows(interrupted.executions[-1], interrupted)["Prod"]
    (left, width) = re.findall(r"approval waiting.*?left:([\d.]+)%;width:([\d.]+)%", line)[0]
    assert abs(float(left) + float(width) - 100) < 0.01
    assert "○ Approve" in line
    assert "1 waiting for approval" in line


def test_execution_of_a_moment_can_be_drawn(whole: PipelineReport) -> None:
    first = whole.executions[0]
    moment = Execution("1", "", "", None, "InProgress", first.started_at, None)
    assert "<ol" in draw(moment, first.started_at - timedelta(seconds=1))
