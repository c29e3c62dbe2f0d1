"""The source action, and the triggers that start it."""

import stat

import pytest

FILTER = {"branches": {"includes": ["main"]}}


def wait(**configuration):
    kind = {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}
    return {"name": "Wait", "actionTypeId": kind, "configuration": configuration}


def trigger(*filters):
    git = {"sourceActionName": "Commit", "push": list(filters)}
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}


def test_the_newest_commit_s_files_reach_the_next_stage(workshop):
    script = workshop.developer.clone / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (workshop.developer.clone / "link").unlink(missing_ok=True)
    (workshop.developer.clone / "link").symlink_to("run.sh")
    commit = workshop.developer.push({"src/app.py": "print()\n"}, "Files of every kind")
    run = workshop.create(wait(CustomData="#{Source.CommitId} #{Source.CommitMessage}"))
    run.token("Work", "Wait")
    with run.artifact("Files") as files:
        modes = {entry.filename: entry.external_attr >> 16 for entry in files.infolist()}
        assert files.read("src/app.py") == b"print()\n"
        assert files.read("link") == b"run.sh"
    assert stat.S_ISLNK(modes["link"])
    assert modes["run.sh"] & stat.S_IXUSR
    assert not modes["src/app.py"] & stat.S_IXUSR
    assert not any(name.startswith(".git") for name in modes)
    variables = run.variables("Commit")
    assert variables.pop("AuthorDate").endswith("Z")
    assert variables == {
        "BranchName": "main",
        "CommitId": commit,
        "CommitMessage": "Files of every kind",
        "ConnectionArn": workshop.connection,
        "FullRepositoryName": "example/shop",
    }
    resolved = run.action("Wait")["input"]["resolvedConfiguration"]
    assert resolved["CustomData"] == f"{commit} Files of every kind"
    revisions = run.executions()[0]["sourceRevisions"]
    assert [revision["revisionId"] for revision in revisions] == [commit]


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        ({"BranchName": "nowhere"}, "The repository example/shop has no branch nowhere"),
        ({"FullRepositoryId": "example/other"}, "The connection leads to no repository"),
        ({"ConnectionArn": "arn:aws:codeconnections:r:1:connection/x"}, "There is no connection"),
    ],
)
def test_a_source_that_leads_nowhere_says_so_in_one_sentence(workshop, configuration, sentence):
    run = workshop.create(wait(), source=workshop.source(**configuration))
    assert run.error("Commit").startswith(sentence)


def test_a_format_that_is_not_carried_out_is_refused_when_the_pipeline_is_made(workshop):
    codepipeline = workshop.client("codepipeline")
    source = workshop.source(OutputArtifactFormat="CODEBUILD_CLONE_REF")
    with pytest.raises(codepipeline.exceptions.ClientError, match="CODEBUILD_CLONE_REF"):
        workshop.create(wait(), source=source)


def test_a_push_starts_an_execution_of_the_commit_that_was_pushed(workshop, parts):
    run = workshop.create(wait(), triggers=[trigger(FILTER)])
    run.token("Work", "Wait")
    pushed = []
    for number in (1, 2):
        pushed.append(workshop.developer.push({"number": str(number)}, f"Push {number}"))
        parts.eventually(lambda: len(run.executions()) == len(pushed) + 1, "an execution")

    def taken():
        revisions = [it.get("sourceRevisions") for it in run.executions()[1:]]
        return all(revisions) and [each[0]["revisionId"] for each in revisions]

    assert parts.eventually(taken, "the sources of both executions") == pushed
    assert {it["trigger"]["triggerType"] for it in run.executions()[1:]} == {"WebhookV2"}


def test_an_updated_pipeline_is_started_by_pushes_as_its_triggers_say_now(workshop, parts):
    codepipeline = workshop.client("codepipeline")
    run = workshop.create(wait(), triggers=[trigger(FILTER)])
    run.token("Work", "Wait")
    declared = codepipeline.get_pipeline(name=run.name)["pipeline"]
    of_release = {"branches": {"includes": ["release/*"]}}
    codepipeline.update_pipeline(pipeline={**declared, "triggers": [trigger(of_release)]})
    workshop.developer.push({"now": "1"}, "What would have started it")
    wanted = workshop.developer.push({"now": "2"}, "A release", branch="release/1")
    workshop.developer.git("checkout", "-q", "main")
    parts.eventually(lambda: len(run.executions()) == 2, "an execution")
    parts.eventually(lambda: run.executions()[1].get("sourceRevisions"), "its source")
    assert run.executions()[1]["sourceRevisions"][0]["revisionId"] == wanted


def test_a_push_that_no_filter_admits_starts_nothing(workshop, parts):
    of_source = {**FILTER, "filePaths": {"includes": ["src/**"], "excludes": ["src/**/*.md"]}}
    run = workshop.create(wait(), triggers=[trigger(of_source)])
    workshop.developer.push({"src/deep/notes.md": "1"}, "What is excluded")
    workshop.developer.push({"docs/page": "1"}, "What is not included")
    workshop.developer.push({"src/app.py": "1"}, "Another branch", branch="feature")
    workshop.developer.git("checkout", "-q", "main")
    # Pushes are seen in their order: this one ends the wait for those that start nothing.
    wanted = workshop.developer.push({"src/other.py": "1"}, "What is wanted")
    run.token("Work", "Wait")
    started = parts.eventually(lambda: run.executions()[1:], "the execution of what is wanted")
    assert len(started) == 1
    parts.eventually(lambda: run.executions()[1].get("sourceRevisions"), "its source")
    assert run.executions()[1]["sourceRevisions"][0]["revisionId"] == wanted


def test_the_connection_can_be_asked_for(workshop):
    codeconnections = workshop.client("codeconnections")
    found = codeconnections.get_connection(ConnectionArn=workshop.connection)["Connection"]
    assert found["ConnectionStatus"] == "AVAILABLE"
    assert found in codeconnections.list_connections()["Connections"]
    with pytest.raises(codeconnections.exceptions.ResourceNotFoundException):
        codeconnections.get_connection(ConnectionArn=f"{workshop.connection[:-1]}x")
