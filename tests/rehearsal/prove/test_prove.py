"""The run of ``make prove-aws`` on the AWS of this machine: its logic, never a fact about AWS."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from prove.aws import choose_zones, refuse_without_bootstrap, refuse_without_service_role
from prove.clean_up import CleanUp
from prove.errors import ProveError
from prove.pace import Pace
from prove.plan import billable, endpoint_services, lines
from prove.proofs import PROOFS
from prove.state import State
from prove.verdict import Outcome
from slipway.rehearsal.cloud import Account

# What needs something that the local AWS lacks; everything else is tried here.
NOT_HERE = {
    "access-logs",
    "base-image",
    "endpoint-policies",
    "endpoint-zones",
    "exec-in-green",
    "findings-allowed",
    "firewall-at-once",
    "firewall-log",
    "hooks-leave-the-network",
    "hooks-pass-firewall",
    "private-addresses",
    "room-on-instances",
    "security-policy",
    "tags-of-green",
    "trunked-interfaces",
    "unprivileged",
    "without-nat",
}


def test_every_proof_that_can_be_tried_here_is_tried_and_holds(played):
    assert set(played.scenes.values()) == {"played"}
    found = {name: verdict.outcome for name, verdict in played.verdicts.items()}
    assert found == {
        name: Outcome.NOT_TRIED if name in NOT_HERE else Outcome.HOLDS for name in PROOFS
    }, [f"{name}: {verdict.evidence}" for name, verdict in played.verdicts.items()]


def test_a_proof_that_cannot_be_tried_here_says_what_is_missing(played, place):
    assert {played.verdicts[name].evidence for name in NOT_HERE} <= set(place.lacks.values())


def test_after_the_story_nothing_is_left(played, place, state):
    assert played.cleaned
    assert [each.what for each in played.left if not each.expected] == []
    ecs, logs, s3 = (place.client(service) for service in ("ecs", "logs", "s3"))
    for status in ("ACTIVE", "INACTIVE"):
        for service in ("storefront", "inventory"):
            family = f"{state.prefix}-{service}"
            listed = ecs.list_task_definitions(familyPrefix=family, status=status)
            assert listed["taskDefinitionArns"] == []
    groups = logs.describe_log_groups()["logGroups"]
    assert [each["logGroupName"] for each in groups if "prove" in each["logGroupName"]] == []
    buckets = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    assert [name for name in buckets if name.startswith(state.prefix)] == []


def test_the_report_fits_a_screen_and_is_json(played, tmp_path):
    assert max(map(len, played.lines())) <= 80
    played.write(tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    rows = {row["row"]: row for row in report["rows"]}
    assert len(rows) == sum(len(proof.rows) for proof in PROOFS.values())
    assert rows[1]["verdict"] == "holds"
    assert rows[1]["text"].endswith(f"us-east-1: holds: {rows[1]['evidence']}")
    assert rows[38]["text"] is None


def test_a_stopped_run_cleans_up_and_what_it_could_not_is_cleaned_up_later(
    played, player, tmp_path
):
    player.state.write(tmp_path / "state.json")

    def interrupt(message):
        if message.startswith("building and pushing"):
            # The registry is there, the network in the making.
            player.stopped.set()
        if message.startswith("cdk destroy"):
            # It cleans up by itself; then somebody doesn't wait for it.
            player.abandoned.set()

    report = player.play(interrupt)
    assert player.abandoned.is_set()
    assert report.stopped is not None
    assert report.verdicts["hooks-report"].outcome is Outcome.NOT_TRIED
    assert not report.cleaned
    assert not report.passed

    state = State.read(tmp_path / "state.json")
    assert state == player.state
    ground = player.ground
    pace = Pace("cleaning up", limit=timedelta(minutes=10), interval=ground.place.interval)
    clean_up = CleanUp(state, ground.place, project=ground.project, tell=print)
    clean_up.delete_stacks(pace)
    left = clean_up.delete_leftovers()
    assert player.stacks == set()
    assert [each.what for each in left if not each.expected] == []


def test_when_no_time_is_left_nothing_is_begun(played, player):
    report = player.play(time_for_scenes=timedelta(0))
    assert report.scenes["prepare"] == "prepare: no time is left for it"
    assert "deploy" not in report.scenes
    assert report.cleaned
    assert not report.passed
    assert {verdict.outcome for verdict in report.verdicts.values()} == {Outcome.NOT_TRIED}


def test_an_answer_that_nobody_expected_costs_neither_report_nor_cleaning(
    played, player, monkeypatch
):
    def broken(*_arguments, **_options):
        raise IndexError("list index out of range")

    monkeypatch.setattr(player.ground, "deploy", broken)
    report = player.play()
    assert report.scenes["prepare"].startswith("a mistake of the script, IndexError: list index")
    assert "in broken" in (player.ground.directory / "mistakes.log").read_text()
    assert report.cleaned
    assert player.stacks == set()
    assert not report.passed


def test_an_account_without_bootstrap_is_refused_with_the_command(
    played, place, cloud, monkeypatch
):
    refuse_without_bootstrap(place)
    monkeypatch.setattr(cloud, "account", Account(place.account, "eu-central-1"))
    with pytest.raises(ProveError, match="scripts/cdk bootstrap aws://000000000000/eu-central-1"):
        refuse_without_bootstrap(replace(place, region="eu-central-1", client=cloud.client))


def test_an_account_without_the_role_of_ecs_is_refused_with_the_command(place):
    iam, role = place.client("iam"), "AWSServiceRoleForECS"
    with pytest.raises(ProveError, match="create-service-linked-role"):
        refuse_without_service_role(place)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    refuse_without_service_role(place)
    iam.delete_role(RoleName=role)


def test_zones_are_those_of_the_region(place):
    assert choose_zones(place) == ("us-east-1a", "us-east-1b")


def test_the_plan_counts_what_is_paid_for(ground):
    templates = ground.templates(0)
    counted = dict(line.split(": ") for line in billable(templates))
    assert counted["load balancers, by the hour"] == "2"
    assert counted["web ACLs and their rules, by the month"] == "1"
    endpoints = endpoint_services(templates)
    assert int(counted["interface endpoints, by zone and hour"]) == 2 * len(endpoints)
    assert "com.amazonaws.us-east-1.codedeploy" in endpoints
    assert max(map(len, lines(ground.place, templates))) <= 80
