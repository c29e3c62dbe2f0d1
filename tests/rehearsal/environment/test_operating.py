"""How many tasks, which secrets, which releases: asked and set as a person does."""

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from environment.answers import answer
from slipway.operations.secrets import Source, put
from slipway.release import start
from waiting import PATIENCE_SECONDS

STOREFRONT = ("storefront", "--local")


def test_history_tells_how_each_release_ended(slipway, released):
    found = answer(slipway("history", *STOREFRONT, "--json"), "history")
    mine = next(each for each in found if each["id"] == released.deployment.id)
    assert mine["revision"] == released.deployment.target.revision.rsplit("/", 1)[-1]
    assert mine["created"]
    told = slipway("history", *STOREFRONT, "--limit", "1").stdout
    assert len([line for line in told.splitlines() if not line.startswith(" ")]) == 1


def test_status_keeps_its_schema(slipway, released):
    assert answer(slipway("status", *STOREFRONT, "--json"), "status")["service"] == "storefront"


def test_diff_keeps_its_schema(slipway, deployed):
    assembly = str(deployed.environment.folders.run / "assembly")
    found = answer(slipway("diff", "--local", "--json", "--assembly", assembly), "diff")
    assert found["environment"] == "local"


def test_tasks_and_limits_are_set_and_told(slipway, released):
    released.wait_for_the_end_of_releases()
    before = answer(slipway("scale", *STOREFRONT, "--json"), "scale")
    assert before["minimum"] <= before["desired"] <= before["maximum"]
    try:
        told = slipway("scale", *STOREFRONT, "--min", "3", "--tasks", "3", "--json")
        after = answer(told, "scale")
        assert (after["minimum"], after["desired"]) == (3, 3)
        assert "To keep it, set scaling in services/storefront/service.yaml" in told.stderr
        assert released.service()["desiredCount"] == 3
        again = slipway("scale", *STOREFRONT, "--min", "3", "--tasks", "3")
        assert again.stderr == "storefront is scaled so already: nothing was to do\n"
    finally:
        minimum, desired = str(before["minimum"]), str(before["desired"])
        slipway("scale", *STOREFRONT, "--min", minimum, "--tasks", desired)
    assert answer(slipway("scale", *STOREFRONT, "--json"), "scale")["desired"] == int(desired)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--tasks", "99"), "99 tasks are outside of 2 to 6, and scaling would put that"),
        (("--min", "9"), "storefront can't have at least 9 and at most 6 tasks: name --max too"),
    ],
)
def test_a_number_that_scaling_would_not_keep_is_refused(slipway, released, options, told):
    answered = slipway("scale", *STOREFRONT, *options)
    assert answered.returncode == 1
    assert answered.stderr.startswith(told)
    assert len(answered.stderr.splitlines()) == 1


def value_of(deployed):
    secret = deployed.names.secret("storefront", "session")
    held = deployed.client("secretsmanager").get_secret_value(SecretId=secret)
    return json.loads(held["SecretString"])


def test_a_secret_is_made_up_and_never_shown(slipway, released):
    before = answer(slipway("secrets", *STOREFRONT, "--json"), "secrets")
    (session,) = before
    assert (session["variable"], session["exists"]) == ("SESSION_KEY", True)
    told = slipway("secrets", *STOREFRONT, "--generate", "SESSION_KEY", "--json")
    (after,) = answer(told, "secrets")
    assert after["version"] != session["version"]
    assert value_of(released)["key"] not in told.stdout + told.stderr
    assert "A release of storefront starts by itself" in told.stderr
    released.wait_for_the_end_of_releases()


def test_people_who_set_keys_of_one_secret_at_once_lose_none(deployed):
    client, name = deployed.client("secretsmanager"), "shared-by-people"
    client.create_secret(Name=name, SecretString='{"theirs": "stays"}')
    keys = ["first", "second", "third", "fourth"]  # of five attempts, others can spoil three
    sources = [Source(variable=key.upper(), secret=name, key=key) for key in keys]
    start_together = threading.Barrier(len(keys))

    def set_one(source):
        start_together.wait()
        return put(client, source, f"of the {source.key}")

    try:
        with ThreadPoolExecutor(len(keys)) as people:
            versions = set(people.map(set_one, sources))
        held = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        described = client.describe_secret(SecretId=name)["VersionIdsToStages"]
    finally:
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert held == {"theirs": "stays"} | {key: f"of the {key}" for key in keys}
    assert len(versions) == len(keys)
    labels = sorted(label for each in described.values() for label in each)
    assert labels == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_person_types_a_secret_unseen(slipway_environment, released):
    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "slipway", "secrets", *STOREFRONT, "--set", "SESSION_KEY"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        **slipway_environment,
    ) as process:
        os.close(terminal)
        shown = b""
        for prompt in (b"SESSION_KEY: ", b"again: "):
            while prompt not in shown:
                shown += os.read(controller, 4096)
            os.write(controller, b"hush-hush\n")
        process.wait(timeout=PATIENCE_SECONDS)
        shown += drain(controller)
    assert process.returncode == 0, shown
    assert b"hush" not in shown
    assert value_of(released)["key"] == "hush-hush"
    released.wait_for_the_end_of_releases()


def drain(controller):
    """What a program has shown that has ended: the end of a terminal is an error on Linux."""
    found = b""
    with contextlib.suppress(OSError):
        while shown := os.read(controller, 4096):
            found += shown
    os.close(controller)
    return found


def test_an_unknown_variable_is_one_line(slipway, deployed):
    told = slipway("secrets", *STOREFRONT, "--generate", "NOTHING")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == "storefront reads no secret from NOTHING; known: SESSION_KEY\n"


def test_the_site_s_address_is_printed(slipway, deployed):
    told = slipway("open", *STOREFRONT, "--page", "site", "--print")
    target = deployed.target
    assert told.stdout == f"http://{target.address}:{target.port}\n", told.stderr


def test_what_runs_is_stopped_and_what_was_live_stays(slipway, released):
    released.wait_for_the_end_of_releases()
    live = released.primary()["taskDefinition"].rsplit("/", 1)[-1]
    released.deploy_next_version()
    aws = released.environment.cloud.release_clients()
    begun = start(aws, released.target, description="test", ignore_alarms="it is stopped at once")
    told = slipway("stop", *STOREFRONT)
    assert told.returncode == 0, told.stderr
    assert f"Live is {live}; traffic: " in told.stderr
    history = answer(slipway("history", *STOREFRONT, "--json"), "history")
    assert {each["id"]: each["status"] for each in history}[begun.id] == "Stopped"
    # Whatever comes next finds the environment as this test has found it.
    released.release_again()
