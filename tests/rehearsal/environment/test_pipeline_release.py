"""A release as the pipeline makes it: its steps as processes, and CodePipeline's own action."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from slipway.release import RollbackError, hook_lines
from slipway.release.content import content, differences
from slipway.release.earlier import revision_before
from waiting import eventually

pytestmark = pytest.mark.long

ME = ("storefront", "-e", "local")


def slipway_logs(deployed):
    aws = deployed.environment.cloud.release_clients()
    return "\n".join(str(line) for line in hook_lines(aws, deployed.target))


def suspended(deployed):
    return set(deployed.scalable_target()["SuspendedState"].values())


def marks(deployed):
    """Digest by mark, of the storefront's images."""
    images = deployed.client("ecr").describe_images(
        repositoryName=deployed.names.repository("storefront")
    )["imageDetails"]
    return {
        tag: image["imageDigest"]
        for image in images
        for tag in image.get("imageTags", [])
        if tag.startswith(("live-", "previous-"))
    }


def short(revision):
    return revision.rsplit("/", 1)[-1]


@dataclass
class Released:
    """A release that the pipeline made, step by step, and what was seen in between."""

    good: Path
    before: str
    wanted: str
    rendered: Path
    prepared: Path
    steps: dict
    resting: set
    desired: int
    revision: str
    deployment: dict
    live: str


@pytest.fixture(scope="module")
def released(deployed, step, tmp_path_factory):
    good, rendered, prepared = map(tmp_path_factory.mktemp, ("good", "rendered", "prepared"))
    deployed.wait_for_the_end_of_releases()
    assert step("render", "--output", good).returncode == 0
    deployed.deploy_next_version()
    before, wanted = short(deployed.primary()["taskDefinition"]), short(deployed.target.revision)
    steps = {"render": step("render", "--output", rendered)}
    assert steps["render"].returncode == 0, steps["render"].stderr
    files = ("--service=storefront", f"--rendered={rendered}", f"--output={prepared}")
    steps["prepare"] = step("prepare", *files)
    assert steps["prepare"].returncode == 0, steps["prepare"].stderr
    resting, desired = suspended(deployed), deployed.service()["desiredCount"]
    revision, deployment = deployed.code_deploy_action(prepared / "local" / "storefront")
    if deployment["status"] != "Succeeded":
        # What the hooks found wrong says more than CodeDeploy does.
        pytest.fail(slipway_logs(deployed), pytrace=False)
    live = short(deployed.primary()["taskDefinition"])
    steps["check"] = step("check", "--service=storefront", f"--rendered={prepared}")
    yield Released(
        good=good,
        before=before,
        wanted=wanted,
        rendered=rendered,
        prepared=prepared,
        steps=steps,
        resting=resting,
        desired=desired,
        revision=revision,
        deployment=deployment,
        live=live,
    )
    # The others expect that what the stack names is live.
    deployed.release_again()
    deployed.wait_for_the_end_of_releases()


def test_a_service_needs_a_release_where_its_stack_says_something_else(released):
    variables = (released.rendered / "variables").read_text().splitlines()
    assert variables == ["export RELEASE_INVENTORY=false", "export RELEASE_STOREFRONT=true"]
    for service in ("inventory", "storefront"):
        folder = released.rendered / "local" / service
        assert json.loads((folder / "taskdef.json").read_text())["containerDefinitions"]
        appspec = yaml.safe_load((folder / "appspec.yaml").read_text())
        (resource,) = appspec["Resources"]
        properties = resource["TargetService"]["Properties"]
        assert properties["TaskDefinition"] == "<TASK_DEFINITION>"
        assert properties["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"]
    assert "local/storefront: a release changes storefront.image" in released.steps["render"].stdout
    assert "local/inventory: nothing to release" in released.steps["render"].stdout


def test_scaling_rests_with_headroom_before_the_action_and_scales_again_after_it(
    deployed, released
):
    assert released.resting == {True}
    assert released.desired > 2
    eventually(lambda: suspended(deployed) == {False}, "scaling that is resumed")


def test_the_action_s_deployment_remembers_what_it_replaced(deployed, step, released):
    assert released.deployment["status"] == "Succeeded", released.deployment["errorInformation"]
    assert "description" not in released.deployment
    assert released.live == released.revision != released.wanted
    described = deployed.client("ecs").describe_task_definition(
        taskDefinition=released.revision, include=["TAGS"]
    )
    tags = {tag["key"]: tag["value"] for tag in described["tags"]}
    assert tags["slipway:replaces"] == released.before
    assert tags["slipway:kind"] == "release"
    assert tags["slipway:commit"] == step.variables["CODEBUILD_RESOLVED_SOURCE_VERSION"]
    assert not [key for key in tags if key.startswith("aws:")]


def test_what_is_well_is_checked_and_marked(deployed, released):
    check = released.steps["check"]
    assert check.returncode == 0, check.stderr
    live = deployed.client("ecs").describe_task_definition(taskDefinition=released.live)
    (container,) = live["taskDefinition"]["containerDefinitions"]
    digest = container["image"].rpartition("@")[2]
    assert marks(deployed)["live-local"] == digest
    assert f"local/storefront: {digest} is marked live-local" in check.stdout
    assert "storefront.local.shop.internal answers 200 at /health" in check.stdout


def test_nothing_is_released_again_as_long_as_the_stack_says_the_same(
    deployed, step, released, slipway, tmp_path
):
    again = step("render", "--output", tmp_path)
    assert again.returncode == 0, again.stderr
    assert "local/storefront: nothing to release" in again.stdout
    assert "export RELEASE_STOREFRONT=false" in (tmp_path / "variables").read_text()
    told = slipway("release", *ME)
    assert told.returncode == 1
    assert f"{released.wanted} of storefront is live already (as {released.live}" in told.stderr
    status = slipway("status", *ME).stdout
    assert f"wanted    {released.wanted}, of which {released.live} is a copy" in status


def test_a_check_says_what_is_not_as_it_was_released(step, released):
    check = step("check", "--service=storefront", f"--rendered={released.prepared}")
    assert check.returncode == 0, check.stderr
    file = released.prepared / "local" / "storefront" / "taskdef.json"
    good = file.read_text()
    other = "sha256:" + "0f" * 32
    taskdef = json.loads(good)
    container = taskdef["containerDefinitions"][0]
    digest = container["image"].rpartition("@")[2]
    container["image"] = container["image"].replace(digest, other)
    try:
        file.write_text(json.dumps(taskdef))
        check = step("check", "--service=storefront", f"--rendered={released.prepared}")
    finally:
        file.write_text(good)
    assert check.returncode == 1
    (line,) = check.stderr.splitlines()
    assert line.startswith("storefront in local is not as it was released: ")
    assert f"{digest} and not {other}" in line


def released_again(deployed, step, rendered, folder):
    """Run the stage with files that are there; return the tags of the revision."""
    files = ("--service=storefront", f"--rendered={rendered}", f"--output={folder}")
    prepared = step("prepare", *files)
    assert prepared.returncode == 0, prepared.stderr
    revision, deployment = deployed.code_deploy_action(folder / "local" / "storefront")
    assert deployment["status"] == "Succeeded", deployment["errorInformation"]
    assert short(deployed.primary()["taskDefinition"]) == revision
    taskdef = json.loads((folder / "local" / "storefront" / "taskdef.json").read_text())
    return {tag["key"]: tag["value"] for tag in taskdef["tags"]}


def version(deployed):
    return deployed.get("/version")["version"]


def test_a_rollback_goes_to_the_last_good_digest_by_hand_or_by_the_stage(
    deployed, step, released, slipway, tmp_path
):
    bad = version(deployed)
    back = slipway("rollback", *ME)
    assert back.returncode == 0, back.stderr
    deployed.wait_for_the_end_of_releases()
    assert short(deployed.primary()["taskDefinition"]) == released.before
    good = version(deployed)
    assert good != bad

    # Somebody tries the stage again: that is no way back.
    tags = released_again(deployed, step, released.rendered, tmp_path / "again")
    assert (tags["slipway:kind"], version(deployed)) == ("release", bad)

    # CodePipeline rolls the stage back: the files of the execution that went well.
    live = short(deployed.primary()["taskDefinition"])
    tags = released_again(deployed, step, released.good, tmp_path / "back")
    assert (tags["slipway:kind"], version(deployed)) == ("rollback", good)
    assert tags["slipway:replaces"] == live
    status = json.loads(slipway("status", *ME, "--json").stdout)
    assert status["last"][0]["notes"]["is_rollback"] is True

    # What was taken out is not gone back to, under no number.
    aws = deployed.environment.cloud.release_clients()
    try:
        further = revision_before(aws, deployed.target, deployed.primary()["taskDefinition"])
    except RollbackError:
        return
    known = [content(aws, each) for each in (live, released.before)]
    assert all(differences(content(aws, further), each) for each in known)


@pytest.fixture
def frozen(deployed, tmp_path):
    """The same settings with the environment in the pipeline, and in a freeze."""
    original, folder = deployed.environment.workspace.directory, tmp_path / "frozen"
    for name in ("environments", "services"):
        shutil.copytree(original / name, folder / name, ignore=shutil.ignore_patterns(".venv"))
    settings = yaml.safe_load((original / "slipway.yaml").read_text())
    place = yaml.safe_load((original / "environments" / "local.yaml").read_text())
    # The pipeline's images are in the application's own registry.
    settings["tooling"] = place.pop("tooling")
    freeze = {"start": "2020-01-01", "end": "2999-12-31", "because": "year end"}
    place["pipeline"] = {"after": [], "freezes": [freeze]}
    (folder / "slipway.yaml").write_text(json.dumps(settings))
    (folder / "environments" / "local.yaml").write_text(json.dumps(place))
    return folder


def test_a_freeze_stops_the_stage_after_it_was_said_what_would_change(
    deployed, step, frozen, tmp_path
):
    assembly = deployed.environment.folders.run / "assembly"
    told = replace(step, workspace=frozen)(
        "changes", f"--assembly={assembly}", f"--output={tmp_path / 'changes.txt'}"
    )
    assert told.returncode == 1
    assert told.stderr == (
        "local is frozen until 2999-12-31 (year end): retry the stage from Wed 3000-01-01 00:00 "
        "UTC on\n"
    )
    assert "CHANGES_SUMMARY" in (tmp_path / "variables").read_text()


def test_what_an_environment_would_get_is_told_to_who_approves(deployed, step, released, tmp_path):
    assembly = deployed.environment.folders.run / "assembly"
    told = step(
        "changes",
        f"--assembly={assembly}",
        f"--output={tmp_path / 'changes.txt'}",
        CODEBUILD_BUILD_URL="https://console.example.com/log",
    )
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "changes.txt").read_text() in told.stdout + "\n"
    (line,) = (tmp_path / "variables").read_text().splitlines()
    assert line.startswith("export CHANGES_SUMMARY='local: images: ")
    assert line.endswith("All of it: https://console.example.com/log'")
    assert "Stacks: nothing that is deployed changes." in line


def test_what_is_wrong_with_a_step_is_told_in_a_line(step, tmp_path):
    nothing = step("check", "--service=storefront", f"--rendered={tmp_path}")
    assert nothing.returncode == 1
    assert nothing.stderr == (
        f"{tmp_path}/local/storefront holds no rendered release (FileNotFoundError): run "
        "python -m pipeline render first\n"
    )
    unknown = step("render", "--output", tmp_path, environments=("nowhere",))
    assert unknown.returncode == 2
    assert "there is no such environment" in unknown.stderr
