"""Whatever is wrong with AWS or with the credentials: a sentence, what to do, an exit code."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from typer.main import get_command

from errors.conftest import CREDENTIALS, OTHER, TOOLING, Fault
from slipway.cli.main import app

# Every verb that talks to AWS, as a person types it; open only composes an address.
VERBS = {
    "approve": ("approve", "storefront", "-e", "dev"),
    "bootstrap": ("bootstrap", "dev", "--dry-run"),
    "deploy": ("deploy", "dev"),
    "diff": ("diff", "dev", "--assembly", "."),
    "doctor": ("doctor", "dev"),
    "exec": ("exec", "storefront", "-e", "dev"),
    "history": ("history", "storefront", "-e", "dev"),
    "logs": ("logs", "storefront", "-e", "dev"),
    "reject": ("reject", "storefront", "-e", "dev"),
    "release": ("release", "storefront", "-e", "dev"),
    "rollback": ("rollback", "storefront", "-e", "dev"),
    "run": ("run", "storefront", "-e", "dev", "--", "true"),
    "scale": ("scale", "storefront", "-e", "dev"),
    "secrets": ("secrets", "storefront", "-e", "dev"),
    "status": ("status", "storefront", "-e", "dev"),
    "stop": ("stop", "storefront", "-e", "dev"),
    "watch": ("watch", "storefront", "-e", "dev"),
}
# What asks AWS nothing, or does without it: cost has a table of prices.
WITHOUT_AWS = {
    *("cost", "diagram", "init", "lock", "open", "rehearse", "schema", "synth"),
}
# It asks of several things, and says of each how it is.
SEVERAL = {"doctor", "bootstrap", "deploy", "diff"}
QUICK = {"AWS_MAX_ATTEMPTS": "1"}

EXPIRED = Fault(
    "ExpiredToken", "The security token included in the request is expired", knows_who=False
)
THROTTLED = Fault("ThrottlingException", "Rate exceeded")
NO_STACK = Fault("ValidationError", "Stack with id shop-dev-storefront does not exist")


def test_no_verb_is_left_out():
    names = set(get_command(app).commands)
    assert names == VERBS.keys() | WITHOUT_AWS


def told(done, code):
    """The last line of what a person sees, once nothing of Python is in there."""
    assert "Traceback" not in done.stderr
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return (done.stderr or done.stdout).strip().splitlines()[-1]


def each_verb(program, verbs, **variables):
    """Run verbs side by side: each takes most of a second to begin."""
    with ThreadPoolExecutor(4) as pool:
        running = {
            verb: pool.submit(program, *VERBS[verb], **CREDENTIALS, **variables) for verb in verbs
        }
        return {verb: each.result() for verb, each in running.items()}


def test_every_verb_says_that_the_credentials_have_expired(program, out_of_sorts):
    endpoint, _ = out_of_sorts(EXPIRED)
    for verb, done in each_verb(program, VERBS, AWS_ENDPOINT_URL=endpoint, **QUICK).items():
        assert "is expired. Sign in again: aws sso login" in " ".join(
            (done.stderr + done.stdout).split()
        ), verb
        told(done, 5)


def test_every_verb_says_that_aws_can_t_be_reached(program):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        results = each_verb(program, VERBS, AWS_ENDPOINT_URL=endpoint, **QUICK)
    for verb, done in results.items():
        words = " ".join((done.stderr + done.stdout).split())
        assert "Could not connect to the endpoint URL" in words, verb
        assert "Check the network, a proxy or VPN, and the region" in words, verb
        told(done, 4)


def test_every_verb_says_that_aws_throttles(program, out_of_sorts):
    endpoint, _ = out_of_sorts(THROTTLED)
    verbs = VERBS.keys() - SEVERAL
    for verb, done in each_verb(program, verbs, AWS_ENDPOINT_URL=endpoint, **QUICK).items():
        line = told(done, 4)
        assert line.startswith("Cannot "), verb
        assert line.endswith(
            "Rate exceeded. AWS throttles the account (ThrottlingException): try again in a minute."
        ), verb


def test_every_verb_about_a_service_says_that_it_has_no_stack(program, out_of_sorts):
    endpoint, _ = out_of_sorts(NO_STACK)
    # A secret is asked of Secrets Manager.
    verbs = VERBS.keys() - SEVERAL - {"secrets"}
    for verb, done in each_verb(program, verbs, AWS_ENDPOINT_URL=endpoint, **QUICK).items():
        line = told(done, 3)
        assert line.startswith("The stack shop-dev-storefront does not exist in eu-west-1: "), verb
        assert "slipway deploy" in line, verb


def test_throttling_is_waited_out_with_a_word_and_not_for_ever(program, out_of_sorts):
    endpoint, aws = out_of_sorts(THROTTLED)
    done = program(*VERBS["status"], **CREDENTIALS, AWS_ENDPOINT_URL=endpoint)
    told(done, 4)
    assert done.stderr.count("AWS throttles us: asking again (DescribeStacks)") == 1
    assert aws.asked.count("cloudformation") == 6


@pytest.mark.parametrize(
    ("fault", "code", "line"),
    [
        (
            Fault("AccessDenied", "You may not", 403),
            5,
            "You may not. Use a role that may call DescribeStacks.",
        ),
        (
            Fault("InternalFailure", "Something broke", 500),
            4,
            "AWS is at fault: try again later; https://health.aws.amazon.com tells more.",
        ),
        (
            Fault("InvalidClientTokenId", "The token is invalid", 403, knows_who=False),
            5,
            "The token is invalid. Sign in again; or enable the region, if the account hasn't.",
        ),
        (
            Fault("", "", account=OTHER),
            5,
            f"These credentials are of account {OTHER}, not 222222222222: choose others, with "
            "AWS_PROFILE for example",
        ),
    ],
    ids=["not allowed", "at fault", "a region that is not enabled", "another account"],
)
def test_refusals_end_with_what_to_do(program, out_of_sorts, fault, code, line):
    endpoint, _ = out_of_sorts(fault)
    done = program(*VERBS["status"], **CREDENTIALS, **QUICK, AWS_ENDPOINT_URL=endpoint)
    assert told(done, code).endswith(line)


@pytest.mark.parametrize(
    ("fault", "code", "verdict"),
    [
        (Fault("AccessDeniedException", "You may not"), 5, "not allowed"),
        (THROTTLED, 4, "no answer"),
        (Fault("ValidationException", "What is that"), 1, "can't tell"),
    ],
    ids=["not allowed", "throttled", "refused"],
)
def test_the_doctor_calls_nothing_well_that_it_couldn_t_look_at(
    program, out_of_sorts, fault, code, verdict
):
    endpoint, _ = out_of_sorts(replace(fault, account=TOOLING))
    environment = {**CREDENTIALS, **QUICK, "AWS_ENDPOINT_URL": endpoint}
    done = program("doctor", "--tooling", "--json", **environment)
    verdicts = {each["check"]: each["verdict"] for each in json.loads(done.stdout)["findings"]}
    assert "mend" not in verdicts.values()
    assert verdicts["CDK bootstrap"] == verdicts["connection"] == verdict
    assert done.returncode == code


def test_an_address_that_nobody_has_is_no_network(program):
    """As a region that doesn't exist is: its endpoints have no address."""
    endpoint = "http://sts.eu-nowhere-1.invalid"
    done = program(*VERBS["status"], **CREDENTIALS, **QUICK, AWS_ENDPOINT_URL=endpoint)
    line = told(done, 4)
    assert f'Could not connect to the endpoint URL: "{endpoint}/"' in line
    assert line.endswith("and the region in environments/*.yaml.")


def test_no_credentials_at_all(program):
    assert told(program(*VERBS["status"]), 5) == (
        "Cannot ask AWS whose credentials these are: Unable to locate credentials. Sign in with "
        "aws sso login, or name a profile with AWS_PROFILE."
    )


def test_a_profile_that_is_not_there(program):
    assert told(program(*VERBS["status"], AWS_PROFILE="nobody"), 5) == (
        "Cannot ask AWS whose credentials these are: The config profile (nobody) could not be "
        "found. Name one that there is with AWS_PROFILE: aws configure list-profiles."
    )


@pytest.mark.parametrize("kept", ["a session", "the older form"])
def test_a_sign_in_that_has_ended(program, tmp_path, kept):
    place = "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n"
    role = "sso_account_id = 222222222222\nsso_role_name = Operator\n"
    (tmp_path / "config").write_text(
        f"[profile shop]\nsso_session = shop\n{role}[sso-session shop]\n{place}"
        if kept == "a session"
        else f"[profile shop]\n{place}{role}"
    )
    done = program(*VERBS["status"], AWS_PROFILE="shop", HOME=str(tmp_path))
    assert told(done, 5).endswith("Sign in again: aws sso login.")
