"""What is wrong in a pipeline, or can't be carried out here, is refused: never skipped."""

import pytest

from slipway.local_aws.codepipeline.definition.structure import read
from slipway.local_aws.codepipeline.errors import CodePipelineError

STRUCTURE = "InvalidStructureException"
STAGE = "InvalidStageDeclarationException"
ACTION = "InvalidActionDeclarationException"
VALIDATION = "ValidationException"


def rule(declare, **said):
    entry = declare.entry()
    entry["conditions"][0]["rules"][0].update(said)
    return entry


def with_condition(declare, **said):
    entry = declare.entry()
    entry["conditions"][0].update(said)
    return entry


def trigger(**said):
    git = {"sourceActionName": "Commit", "push": [{"branches": {"includes": ["main"]}}], **said}
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}


def stages(declare, *actions, **said):
    return declare.pipeline(declare.source(), declare.stage("Build", *actions, **said))


# What is wrong, the code of its error, and a word of its message.
REFUSED = {
    "type V1": (lambda d: {**stages(d), "pipelineType": "V1"}, STRUCTURE, "V2"),
    "mode PARALLEL": (lambda d: {**stages(d), "executionMode": "PARALLEL"}, STRUCTURE, "PARALLEL"),
    "name": (lambda d: {**stages(d), "name": "a shop"}, VALIDATION, "a shop"),
    "role": (lambda d: {**stages(d), "roleArn": "shop"}, VALIDATION, "role"),
    "one stage": (lambda d: d.pipeline(d.source()), STRUCTURE, "2 to 50 stages"),
    "51 stages": (
        lambda d: d.pipeline(d.source(), *(d.stage(f"s{number}") for number in range(50))),
        STRUCTURE,
        "2 to 50 stages",
    ),
    "stage twice": (
        lambda d: d.pipeline(d.source(), d.stage("Build"), d.stage("Build")),
        STRUCTURE,
        "Build",
    ),
    "no source": (
        lambda d: d.pipeline(d.stage("Build"), d.stage("Deploy")),
        STRUCTURE,
        "first stage",
    ),
    "late source": (
        lambda d: d.pipeline(d.source(), {**d.source(), "name": "Again"}),
        STRUCTURE,
        "source action",
    ),
    "no store": (lambda d: {**stages(d), "artifactStore": None}, STRUCTURE, "artifactStore"),
    "both stores": (
        lambda d: {**stages(d), "artifactStores": {"eu-west-1": {"type": "S3", "location": "abc"}}},
        STRUCTURE,
        "not both",
    ),
    "store elsewhere": (
        lambda d: {
            **stages(d),
            "artifactStore": None,
            "artifactStores": {"eu-west-2": {"type": "S3", "location": "abc"}},
        },
        STRUCTURE,
        "eu-west-1",
    ),
    "no actions": (
        lambda d: d.pipeline(d.source(), {"name": "Build", "actions": []}),
        STAGE,
        "Build",
    ),
    "51 actions": (
        lambda d: stages(d, *(d.action(f"a{number}") for number in range(51))),
        STAGE,
        "50",
    ),
    "action twice": (lambda d: stages(d, d.action("a"), d.action("a")), STAGE, "more than once"),
    "unknown kind": (
        lambda d: stages(
            d,
            {
                **d.action("a"),
                "actionTypeId": {
                    "category": "Build",
                    "owner": "AWS",
                    "provider": "Jenkins",
                    "version": "1",
                },
            },
        ),
        ACTION,
        "Jenkins",
    ),
    "unknown key": (
        lambda d: stages(d, d.action("a", configuration={"Colour": "red"})),
        ACTION,
        "Colour",
    ),
    "what the action refuses": (
        lambda d: stages(d, d.action("a", configuration={"say": "no"})),
        ACTION,
        "it says no",
    ),
    "long value": (
        lambda d: stages(d, d.action("a", configuration={"say": "x" * 1001})),
        ACTION,
        "1001 characters",
    ),
    "run order": (lambda d: stages(d, d.action("a", runOrder=1000)), ACTION, "999"),
    "commands": (lambda d: stages(d, d.action("a", commands=["ls"])), ACTION, "commands"),
    "time limit": (lambda d: stages(d, d.action("a", timeoutInMinutes=10)), ACTION, "approvals"),
    "short time limit": (
        lambda d: stages(d, {**d.approval(), "timeoutInMinutes": 4}),
        ACTION,
        "86400",
    ),
    "region": (lambda d: stages(d, d.action("a", region="eu-west-2")), ACTION, "eu-west-2"),
    "artifact from nowhere": (
        lambda d: stages(d, d.action("a", inputArtifacts=[{"name": "Other"}])),
        ACTION,
        "Other",
    ),
    "artifact of the same run order": (
        lambda d: stages(
            d,
            d.action("a", outputArtifacts=[{"name": "Made"}]),
            d.action("b", inputArtifacts=[{"name": "Made"}]),
        ),
        ACTION,
        "Made",
    ),
    "artifact twice": (
        lambda d: stages(d, d.action("a", outputArtifacts=[{"name": "Source"}])),
        ACTION,
        "more than one action",
    ),
    "artifact's name": (
        lambda d: stages(d, d.action("a", outputArtifacts=[{"name": "a.b"}])),
        VALIDATION,
        "a.b",
    ),
    "namespace twice": (lambda d: stages(d, d.action("a", namespace="Git")), ACTION, "Git"),
    "namespace of an artifact": (
        lambda d: stages(d, d.action("a", namespace="Source")),
        ACTION,
        "artifact",
    ),
    "reserved namespace": (
        lambda d: stages(d, d.action("a", namespace="variables")),
        ACTION,
        "variables",
    ),
    "variable from nowhere": (
        lambda d: stages(d, d.action("a", configuration={"say": "#{Other.name}"})),
        ACTION,
        "Other.name",
    ),
    "variable of a later action": (
        lambda d: stages(
            d,
            d.action("a", configuration={"say": "#{B.name}"}),
            d.action("b", namespace="B", runOrder=2),
        ),
        ACTION,
        "B.name",
    ),
    "variable without a key": (
        lambda d: stages(d, d.action("a", configuration={"say": "#{Git}"})),
        ACTION,
        "period",
    ),
    "variable that no pipeline declares": (
        lambda d: stages(d, d.action("a", configuration={"say": "#{variables.colour}"})),
        ACTION,
        "colour",
    ),
    "blockers": (
        lambda d: stages(d, blockers=[{"name": "b", "type": "Schedule"}]),
        STAGE,
        "blockers",
    ),
    "onSuccess": (lambda d: stages(d, onSuccess=d.entry()), STAGE, "onSuccess"),
    "onFailure with conditions": (
        lambda d: stages(d, onFailure={"result": "ROLLBACK", **d.entry()}),
        STAGE,
        "onFailure",
    ),
    "onFailure SKIP": (lambda d: stages(d, onFailure={"result": "SKIP"}), STAGE, "RETRY"),
    "retry of a rollback": (
        lambda d: stages(
            d,
            onFailure={"result": "ROLLBACK", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}},
        ),
        STAGE,
        "retryConfiguration",
    ),
    "condition ROLLBACK": (
        lambda d: stages(d, beforeEntry=with_condition(d, result="ROLLBACK")),
        STAGE,
        "FAIL or SKIP",
    ),
    "condition without rules": (
        lambda d: stages(d, beforeEntry=with_condition(d, rules=[])),
        STAGE,
        "1 to 5 rules",
    ),
    "another rule": (
        lambda d: stages(
            d,
            beforeEntry=rule(
                d,
                ruleTypeId={
                    "category": "Rule",
                    "owner": "AWS",
                    "provider": "DeploymentWindow",
                    "version": "1",
                },
            ),
        ),
        STAGE,
        "DeploymentWindow",
    ),
    "operator": (lambda d: stages(d, beforeEntry=d.entry("GT")), STAGE, "Operator"),
    "expression": (
        lambda d: stages(d, beforeEntry=d.entry("MATCHES", value="(")),
        STAGE,
        "expression",
    ),
    "rule's variable from nowhere": (
        lambda d: stages(
            d,
            beforeEntry=rule(
                d,
                configuration={"Variable": "#{Other.go}", "Operator": "EQ", "Value": "yes"},
            ),
        ),
        ACTION,
        "Other.go",
    ),
    "trigger of nothing": (
        lambda d: {**stages(d), "triggers": [trigger(sourceActionName="Other")]},
        STRUCTURE,
        "Other",
    ),
    "trigger twice": (
        lambda d: {**stages(d), "triggers": [trigger(), trigger()]},
        STRUCTURE,
        "more than one trigger",
    ),
    "pull requests": (
        lambda d: {**stages(d), "triggers": [trigger(pullRequest=[{"events": ["OPEN"]}])]},
        STRUCTURE,
        "pull requests",
    ),
    "paths without a branch": (
        lambda d: {
            **stages(d),
            "triggers": [trigger(push=[{"filePaths": {"includes": ["services/**"]}}])],
        },
        STRUCTURE,
        "branches",
    ),
    "nine patterns": (
        lambda d: {
            **stages(d),
            "triggers": [trigger(push=[{"branches": {"includes": list("abcdefghi")}}])],
        },
        STRUCTURE,
        "8 patterns",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_wrong_or_not_carried_out_is_refused(declare, kinds, wrong):
    make, code, word = REFUSED[wrong]
    with pytest.raises(CodePipelineError) as refusal:
        read(make(declare), kinds, "eu-west-1")
    assert (refusal.value.code, word in str(refusal.value)) == (code, True), str(refusal.value)


def test_everything_that_can_be_said_is_read(declare, kinds):
    action = declare.action(
        "Work",
        runOrder=3,
        region="eu-west-2",
        roleArn="arn:aws:iam::222222222222:role/work",
        configuration={"say": "#{Git.CommitId} #{variables.colour}"},
        inputArtifacts=[{"name": "Source"}],
        outputArtifacts=[{"name": "Made"}],
        namespace="Work",
    )
    failure = {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
    declared = declare.pipeline(
        declare.source(),
        declare.stage("Build", action, onFailure=failure, beforeEntry=declare.entry()),
        variables=[{"name": "colour", "defaultValue": "red"}],
        triggers=[trigger()],
        artifactStore=None,
        artifactStores={
            "eu-west-1": {
                "type": "S3",
                "location": "near",
                "encryptionKey": {"id": "arn:key", "type": "KMS"},
            },
            "eu-west-2": {"type": "S3", "location": "far"},
        },
    )
    definition = read(declared, kinds, "eu-west-1", 7)
    build = definition.stage("Build")
    assert definition.version == definition.declaration["version"] == 7
    assert definition.variables == {"colour": "red"}
    assert definition.buckets["eu-west-1"].encryption_key == "arn:key"
    assert definition.buckets["eu-west-2"].name == "far"
    assert (build.on_failure, build.retry_mode) == ("RETRY", "FAILED_ACTIONS")
    assert build.before_entry.result == "SKIP"
    assert build.actions[0].inputs == ("Source",)
    assert build.actions[0].role_arn == "arn:aws:iam::222222222222:role/work"


def test_a_pipeline_is_superseded_unless_it_says_otherwise(declare, kinds):
    declared = stages(declare)
    del declared["executionMode"]
    assert read(declared, kinds, "eu-west-1").mode == "SUPERSEDED"


def test_run_orders_go_by_number_not_by_place(declare, kinds):
    declared = stages(
        declare,
        declare.action("last", runOrder=9),
        declare.action("first", runOrder=1),
        declare.action("middle", runOrder=2),
        declare.action("beside", runOrder=2),
    )
    groups = read(declared, kinds, "eu-west-1").stage("Build").run_orders()
    assert [[action.name for action in group] for group in groups] == [
        ["first"],
        ["middle", "beside"],
        ["last"],
    ]
