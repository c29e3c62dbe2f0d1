"""Approvals: who is asked, and what an answer does."""


def approval(parts, **members):
    configuration = members.pop("configuration", {})
    return {
        "name": "Approve",
        "actionTypeId": parts.kind("Approval", "Manual"),
        "configuration": configuration,
        **members,
    }


def answer(workshop, run, status, summary):
    workshop.client("codepipeline").put_approval_result(
        pipelineName=run.name,
        stageName="Work",
        actionName="Approve",
        token=run.token("Work", "Approve"),
        result={"status": status, "summary": summary},
    )


def test_the_topic_gets_what_is_to_be_approved(workshop, parts):
    queue = parts.Queue(workshop)
    run = workshop.create(
        approval(
            parts,
            configuration={
                "NotificationArn": queue.topic,
                "CustomData": "Commit #{Source.CommitId}",
                "ExternalEntityLink": "https://example.com/changes",
            },
        )
    )
    message = queue.next()
    asked = message["approval"]
    assert asked["token"] == run.token("Work", "Approve")
    assert asked["pipelineName"] == run.name
    assert (asked["stageName"], asked["actionName"]) == ("Work", "Approve")
    assert asked["customData"] == f"Commit {run.variables('Commit')['CommitId']}"
    assert asked["externalEntityLink"] == "https://example.com/changes"
    answer(workshop, run, "Approved", "looks right")
    assert run.ended() == "Succeeded"


def test_a_rejection_fails_the_stage_with_what_was_said(workshop, parts):
    run = workshop.create(approval(parts))
    answer(workshop, run, "Rejected", "not on a Friday")
    assert run.error("Approve") == "The approval was rejected: not on a Friday"


def test_a_topic_that_is_not_there_fails_the_action(workshop, parts):
    topic = f"arn:aws:sns:{parts.REGION}:{parts.ACCOUNT}:missing"
    run = workshop.create(approval(parts, configuration={"NotificationArn": topic}))
    assert "can't be published" in run.error("Approve")
