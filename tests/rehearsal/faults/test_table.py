"""The table itself: every entry says where its end comes from, and fits the report."""

from itertools import product

from faults.report import NAME_WIDTH
from faults.table import FAULTS
from slipway.release.render import HOOK_EVENTS

# All but AllowTestTraffic, which is one call and over at once.
STAGES = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "the wait for approval",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
    "the termination wait",
)
WAYS = ("its check", "an exception", "never answering", "answering twice", "not existing")


def test_every_end_comes_from_a_page():
    for fault in FAULTS:
        assert fault.pages, fault.name
        assert all(page.startswith("https://docs.aws.amazon.com/") for page in fault.pages)


def test_names_tell_the_faults_apart_and_fit_the_table():
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert [name for name in names if len(name) > NAME_WIDTH] == []


def test_each_hook_fails_in_each_way():
    names = {fault.name for fault in FAULTS}
    assert names >= {f"{event}: {way}" for event, way in product(HOOK_EVENTS, WAYS)}
    quick = {fault.name for fault in FAULTS if fault.quick}
    for event in HOOK_EVENTS:
        assert any(name.startswith(event) for name in quick), f"the quick half leaves {event} out"


def test_a_release_is_stopped_at_each_stage_with_and_without_a_rollback():
    names = {fault.name for fault in FAULTS}
    for stage, rollback in product(STAGES, ("rollback", "no rollback")):
        assert f"stop at {stage}, {rollback}" in names
