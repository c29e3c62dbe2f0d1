"""Functions that report to CodePipeline how the job went."""

import io
import json
import textwrap
import uuid
import zipfile

import pytest

HANDLER = textwrap.dedent(
    """
    import json
    import boto3

    def handler(event, context):
        job = event["CodePipeline.job"]
        said = job["data"]["actionConfiguration"]["configuration"]["UserParameters"]
        codepipeline = boto3.client("codepipeline")
        if said == "fail":
            codepipeline.put_job_failure_result(
                jobId=job["id"], failureDetails={"type": "JobFailed", "message": "as I was told"}
            )
        elif said == "twice" and "continuationToken" not in job["data"]:
            codepipeline.put_job_success_result(jobId=job["id"], continuationToken="more")
        else:
            location = job["data"]["inputArtifacts"][0]["location"]["s3Location"]
            secret = job["data"]["artifactCredentials"]
            s3 = boto3.client(
                "s3",
                aws_access_key_id=secret["accessKeyId"],
                aws_secret_access_key=secret["secretAccessKey"],
                aws_session_token=secret["sessionToken"],
            )
            size = s3.head_object(Bucket=location["bucketName"], Key=location["objectKey"])
            codepipeline.put_job_success_result(
                jobId=job["id"],
                outputVariables={
                    "Said": said,
                    "HasInput": str(size["ContentLength"] > 0),
                    "Token": job["data"].get("continuationToken", ""),
                },
            )
    """
)


@pytest.fixture(scope="module")
def function(workshop, parts):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("index.py", HANDLER)
    name = f"function-{uuid.uuid4().hex[:8]}"
    workshop.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=workshop.make_role(parts.trust(Service="lambda.amazonaws.com")),
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=30,
    )
    return name


def invoke(parts, function, said):
    return {
        "name": "Invoke",
        "actionTypeId": parts.kind("Invoke", "Lambda"),
        "inputArtifacts": [{"name": "Files"}],
        "configuration": {"FunctionName": function, "UserParameters": said},
    }


@pytest.mark.parametrize(("said", "token"), [("once", ""), ("twice", "more")])
def test_a_function_reports_success_and_its_variables(workshop, parts, function, said, token):
    run = workshop.create(invoke(parts, function, said))
    assert run.ended() == "Succeeded", json.dumps(run.action("Invoke"), default=str)
    assert run.variables("Invoke") == {"Said": said, "HasInput": "True", "Token": token}


def test_a_function_that_reports_failure_fails_the_action(workshop, parts, function):
    run = workshop.create(invoke(parts, function, "fail"))
    assert run.error("Invoke") == "as I was told"


def test_a_function_that_is_not_there_fails_the_action(workshop, parts):
    assert "can't be called" in workshop.create(invoke(parts, "missing", "x")).error("Invoke")
