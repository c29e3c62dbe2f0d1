"""``slipway bootstrap`` as a process, with the real CDK command line, against the local AWS."""

import subprocess
import sys
from pathlib import Path

import pytest

from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.connection import Account
from waiting import WAITER

PROJECT = Path(__file__).resolve().parents[3]
DEV, TOOLING = "222222222222", "111111111111"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bootstrap")
    account = Account(DEV, "eu-west-1")
    with LocalCloud(account, directory, project=PROJECT, images=directory / "images") as cloud:
        yield cloud


@pytest.fixture(scope="module")
def slipway(cloud):
    """Run the command with the credentials of an account."""

    def run(*arguments, account=DEV, **variables):
        return subprocess.run(
            [sys.executable, "-m", "slipway", "bootstrap", *arguments],
            cwd=PROJECT,
            env=cloud.cdk_environment | {"AWS_ACCESS_KEY_ID": account, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def dev(slipway):
    """The account of dev, made ready once."""
    done = slipway("dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def toolkit(cloud):
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="CDKToolkit")["Stacks"]
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}


def test_nothing_is_done_that_nobody_has_agreed_to(slipway):
    told = slipway("dev")
    assert told.returncode == 1
    assert told.stdout == ""
    assert "EVERYTHING" in told.stderr
    assert told.stderr.splitlines()[-1] == "Add --yes if that is what you want. Nothing was done."


def test_the_pipeline_s_account_may_deploy_afterwards(dev, cloud):
    assert toolkit(cloud)["TrustedAccounts"] == TOOLING
    assert toolkit(cloud)["CloudFormationExecutionPolicies"] == ADMINISTRATOR
    assert "scripts/cdk deploy Toolchain" in dev.stderr


@pytest.mark.parametrize(
    ("role", "assumed_by"),
    [("shop-dev-release", "shop-pipeline"), ("shop-dev-observe", "shop-pipeline-releases")],
)
def test_the_roles_that_the_pipeline_assumes_are_there(role, assumed_by, dev, cloud):
    found = cloud.client("iam").get_role(RoleName=role)["Role"]
    assert found["Arn"] == f"arn:aws:iam::{DEV}:role/{role}"
    document = found["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{TOOLING}:root"}
    assert statement["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{TOOLING}:role/{assumed_by}"}
    }


def test_a_second_time_changes_nothing(dev, slipway, cloud):
    before = toolkit(cloud)
    again = slipway("dev", "--yes")
    assert again.returncode == 0, again.stderr
    assert toolkit(cloud) == before
    # Where CI is set, the CDK tells on standard output.
    assert (again.stdout + again.stderr).count("no changes") == 2


def test_who_was_trusted_and_what_was_narrowed_stays_so(dev, slipway, cloud):
    """The CDK's command line forgets what it isn't told again."""
    other, narrow = "999999999999", f"arn:aws:iam::{DEV}:policy/shop-deployments"
    stacks = cloud.client("cloudformation")
    kept = [
        {"ParameterKey": name, "UsePreviousValue": True}
        for name in toolkit(cloud)
        if name not in ("TrustedAccounts", "CloudFormationExecutionPolicies")
    ]
    stacks.update_stack(
        StackName="CDKToolkit",
        UsePreviousTemplate=True,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            *kept,
            {"ParameterKey": "TrustedAccounts", "ParameterValue": other},
            {"ParameterKey": "CloudFormationExecutionPolicies", "ParameterValue": narrow},
        ],
    )
    stacks.get_waiter("stack_update_complete").wait(StackName="CDKToolkit", WaiterConfig=WAITER)
    done = slipway("dev", "--dry-run")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == (
        f"scripts/cdk bootstrap aws://{DEV}/eu-west-1 --app '' --trust {other} --trust {TOOLING} "
        f"--cloudformation-execution-policies {narrow}"
    )
    assert second.startswith("scripts/cdk deploy DevAccess ")
    assert toolkit(cloud)["TrustedAccounts"] == other


def test_credentials_of_another_account_are_refused(slipway):
    told = slipway("prod", "--yes")
    assert told.returncode == 5
    assert told.stderr.startswith(f"These credentials are of account {DEV}, not 444444444444")
    assert len(told.stderr.splitlines()) == 1


def test_what_the_cdk_can_t_do_is_told_as_it_says_it(slipway):
    told = slipway("dev", "--yes", NODE_OPTIONS="--require=/nothing/here")
    assert told.returncode == 1
    assert "Cannot find module '/nothing/here'" in told.stderr
    assert "Traceback" not in told.stderr
    assert told.stderr.splitlines()[-1].startswith("cdk bootstrap failed, see above")


def test_the_tooling_account_trusts_itself_only(slipway, cloud):
    told = slipway("--tooling", "--dry-run", account=TOOLING)
    assert told.returncode == 0, told.stderr
    assert told.stdout == (
        f"scripts/cdk bootstrap aws://{TOOLING}/eu-west-1 --app '' "
        f"--cloudformation-execution-policies {ADMINISTRATOR}\n"
    )
