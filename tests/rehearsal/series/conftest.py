"""The ``local`` environment with four tasks of the storefront, for one release after the other.

A release here is a revision that is registered as a copy of the stack's, with one of two images in
turn: no ``cdk deploy`` stands between one release and the next.
"""

import os
import shutil
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from series.terminal import Terminal
from slipway.rehearsal.adaptation import allow_for_stalls
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.load import Load
from slipway.rehearsal.releases import happens
from slipway.release import Aws, Kind, Until, result, rollback, start, status, watch
from waiting import PATIENCE_SECONDS, eventually

PROJECT = Path(__file__).resolve().parents[3]
SERVICE = "storefront"
TASKS = 4
# What RegisterTaskDefinition takes of what DescribeTaskDefinition answers.
REGISTERED = {
    *("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions"),
    *("volumes", "placementConstraints", "requiresCompatibilities", "cpu", "memory"),
    "runtimePlatform",
}
QUICK = timedelta(milliseconds=100)


def short(revision):
    return revision.rpartition("/")[2]


@dataclass
class Shop:
    """The service in its environment, and how it is released."""

    environment: RehearsedEnvironment
    aws: Aws
    target: Any
    images: Any
    """Digests of version 2 and 1, in turn."""
    tasks: int = TASKS

    def load(self, rate, output) -> Load:
        return Load(self.environment.address(SERVICE), output, rate=rate)

    def next_revision(self):
        """Register another revision, with the other image."""
        ecs = self.aws.ecs
        known = ecs.describe_task_definition(taskDefinition=self.target.revision)["taskDefinition"]
        copy = {key: value for key, value in known.items() if key in REGISTERED}
        container = copy["containerDefinitions"][0]
        repository = container["image"].partition("@")[0]
        container["image"] = f"{repository}@{next(self.images)}"
        return ecs.register_task_definition(**copy)["taskDefinition"]["taskDefinitionArn"]

    def release(self, revision):
        """Release a revision; return its deployment and what happened, once traffic has moved."""
        deployment = start(self.aws, self.target.with_revision(revision), description="series")
        progress = list(watch(self.aws, deployment, until=Until.SHIFTED, interval=QUICK))
        assert progress[-1].kind is Kind.SHIFTED, result(self.aws, deployment)
        return deployment, progress

    def finish(self, deployment):
        """End the termination wait, and see the deployment end well."""
        # It begins a moment after the last hook has passed.
        eventually(
            lambda: self.information(deployment.id)["instanceTerminationWaitTimeStarted"],
            f"the termination wait of {deployment.id}",
        )
        self.aws.codedeploy.continue_deployment(
            deploymentId=deployment.id, deploymentWaitType="TERMINATION_WAIT"
        )
        self.until_final(deployment.id)
        assert result(self.aws, deployment).status == "Succeeded"

    def roll_back(self):
        """Roll back as a person does, and follow it to its end."""
        done = rollback(self.aws, self.target)
        if done.stopped:
            self.until_final(done.deployment.id)
            ended = result(self.aws, done.deployment)
            assert ended.status == "Stopped"
            assert ended.rollback_id
            self.until_final(ended.rollback_id)
        else:
            for _ in watch(self.aws, done.deployment, until=Until.SHIFTED, interval=QUICK):
                pass
        return done

    def information(self, id_):
        return self.aws.codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]

    def until_final(self, id_):
        eventually(
            lambda: self.information(id_)["status"] in {"Succeeded", "Failed", "Stopped"},
            f"the end of {id_}",
        )

    def live(self):
        """What the API says is live: the revision, and the target group with all the traffic."""
        current = status(self.aws, self.target)
        (group,) = (name for name, share in current.weights.items() if share > 0)
        (primary,) = (each for each in self.task_sets() if each["status"] == "PRIMARY")
        assert primary["taskDefinition"] == current.live.revision
        assert primary["loadBalancers"][0]["targetGroupArn"].split("/")[-2] == group
        return short(current.live.revision)

    def task_sets(self):
        (service,) = self.aws.ecs.describe_services(
            cluster=self.target.cluster, services=[self.target.service]
        )["services"]
        return service["taskSets"]

    def seen(self, requests=25):
        """Which revisions clients see, by the number of their answers."""
        counts = Counter()
        url = f"http://{self.target.address}:{self.target.port}/version"
        for _ in range(requests):
            with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
                counts[answer.headers["x-task-revision"]] += 1
        return dict(counts)

    def agrees_on(self, revision):
        """Whether the API and the clients both say that a revision is live, and no other."""
        return happens(lambda: self.live() == short(revision)) and set(self.seen()) == {
            short(revision)
        }


@pytest.fixture(scope="session")
def shop():
    with RehearsedEnvironment(PROJECT, prepare=allow_for_stalls) as environment:
        settings = f"services/{SERVICE}/service.yaml"
        lock = f"environments/{environment.name}.lock.yaml"
        for file, key, value in (
            # How fast a busy machine answers is not what is looked at.
            (settings, "environments.local.deployment.alarms.latency.threshold", "10s"),
            (settings, "environments.local.scaling.min", TASKS),
            # So many on each side, and no more.
            (settings, "environments.local.scaling.headroom_percent", 0),
            (lock, f"services.{SERVICE}.desired_count", TASKS),
            # Long enough for whoever wants to roll back; nobody waits for its end.
            (settings, "environments.local.deployment.termination_wait", "30m"),
            (settings, "environments.local.deployment.shift.canary.interval", "1m"),
        ):
            environment.workspace.set(file, key, value)
        environment.come_up()
        first = environment.build()[SERVICE]
        environment.workspace.edit(
            f"services/{SERVICE}/{SERVICE}/__init__.py", '__version__ = "1"', '__version__ = "2"'
        )
        built = environment.build()
        environment.push(built)
        yield Shop(
            environment,
            environment.cloud.release_clients(),
            environment.target(SERVICE),
            cycle((built[SERVICE].digest, first.digest)),
        )


@pytest.fixture
def checkout(tmp_path):
    """A checkout of one's own, to work in; what takes long to install is shared."""
    copy = tmp_path / "checkout"
    shared = ("build", "cdk.out", ".git", ".venv", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*shared))
    for folder in (".venv", "node_modules"):
        (copy / folder).symlink_to(PROJECT / folder)
    environments = PROJECT / "build/rehearsal/environments"
    environments.mkdir(parents=True, exist_ok=True)
    (copy / "build/rehearsal").mkdir(parents=True)
    (copy / "build/rehearsal/environments").symlink_to(environments)
    return copy


@pytest.fixture
def terminal(checkout, tmp_path):
    terminal = Terminal(checkout, tmp_path / "output.log")
    yield terminal
    terminal.process.stdin.close()
    terminal.process.kill()
    terminal.process.wait()


@pytest.fixture
def slipway(checkout):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "slipway", *arguments],
            cwd=checkout,
            capture_output=True,
            text=True,
            # A profile of the person's that must not matter.
            env={**os.environ, "AWS_PROFILE": "nobody"},
        )

    return run
