"""``slipway doctor`` and ``slipway synth``, as programs, beside an environment that is up."""

from environment.answers import answer


def test_the_doctor_finds_a_rehearsal_well(deployed, slipway):
    found = answer(slipway("doctor", "--local", "--json"), "doctor")
    verdicts = {each["check"]: each["verdict"] for each in found["findings"]}
    assert set(verdicts.values()) == {"ok"}
    assert {"credentials", "CDK bootstrap", "stacks", "image of storefront"} <= set(verdicts)
    told = slipway("doctor", "--local")
    assert told.stdout.splitlines()[-1] == "Nothing to mend."
    assert "Not asked of a rehearsal: service-linked roles, quotas" in told.stderr


def test_the_doctor_names_what_mends_an_account_that_has_nothing(
    deployed, slipway, slipway_environment
):
    slipway_environment["env"] |= {
        "AWS_ENDPOINT_URL": deployed.environment.cloud.endpoint,
        "AWS_ACCESS_KEY_ID": deployed.environment.settings.environment("dev").account,
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    told = slipway("doctor", "dev")
    assert told.returncode == 1, told.stderr
    for line in (
        "-> slipway bootstrap dev",
        "-> aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",
        "-> aws iam create-service-linked-role --aws-service-name spot.amazonaws.com",
        "-> aws acm request-certificate --region ",
        "-> aws route53 create-hosted-zone --name ",
    ):
        assert line in told.stdout, line
    # dev has a place in the pipeline: nobody builds an image here.
    words = " ".join(told.stdout.split())
    assert "image of storefront is not here yet: a push to main has the pipeline build" in words
    assert "to mend" in told.stdout.splitlines()[-1]
    told = slipway("doctor", "--tooling")
    assert told.returncode == 5
    assert "choose others, with" in told.stdout


def test_the_doctor_wants_to_know_what_to_look_at(deployed, slipway):
    assert slipway("doctor").returncode == 2
    assert slipway("doctor", "--tooling", "--local").returncode == 2


def test_synth_says_what_each_stack_takes_of_the_limits(deployed, slipway):
    found = answer(slipway("synth", "local", "--json"), "synth")
    assert {each["name"] for each in found["stacks"]} == set(deployed.environment.stack_names)
    for stack in found["stacks"]:
        assert 0 < stack["resources"] < 500
        assert 0 < stack["bytes"] < 1_048_576
    workspace = deployed.environment.workspace.directory
    assert (workspace / found["folder"] / "manifest.json").exists()
    assert answer(slipway("synth", "--local", "--json"), "synth") == found
    assert slipway("synth", "nowhere").returncode == 2
