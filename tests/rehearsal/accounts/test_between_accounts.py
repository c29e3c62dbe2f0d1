"""What an account has is its own; what another one gets of it, a policy says."""

import io
import json
import textwrap
import uuid
import zipfile

import pytest
from botocore.exceptions import ClientError, WaiterError

from accounts.conftest import OTHER, OWNER, REGION
from waiting import eventually

WEB = [("service", "web")]
MANIFEST = json.dumps({"schemaVersion": 2, "config": {"digest": "any"}})

WHO = textwrap.dedent(
    """
    import boto3

    def handler(event, context):
        if event.get("repository"):
            images = boto3.client("ecr").batch_get_image(**event["repository"])["images"]
            return [image["imageId"]["imageDigest"] for image in images]
        return boto3.client("sts").get_caller_identity()["Arn"]
    """
)


def refused(call, **arguments):
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return refusal.value.response["Error"]["Code"]


def statement(principal, actions, resource=None, **more):
    said = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, **more}
    return said | ({"Resource": resource} if resource else {})


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def bucket(accounts):
    """A bucket of the owner, encrypted with a key of the owner's; nobody else is let in."""
    name = f"artifacts-{uuid.uuid4().hex[:8]}"
    s3 = accounts.client("s3", OWNER)
    key = accounts.client("kms", OWNER).create_key()["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket=name)
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]
        },
    )
    s3.put_object(Bucket=name, Key="a.zip", Body=b"content")
    return name, key


def test_a_bucket_of_another_account_lets_in_the_role_that_its_policies_name(accounts, bucket):
    name, key = bucket
    role, stranger = (accounts.role(f"{each}-{name}") for each in ("reader", "stranger"))
    s3, kms = accounts.client("s3", OWNER), accounts.client("kms", OWNER)
    asked = {"Bucket": name, "Key": "a.zip"}
    assert refused(accounts.as_role("s3", role).get_object, **asked) == "AccessDenied"

    insecure = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    read = statement(role, ["s3:GetObject", "s3:GetObjectVersion"], f"arn:aws:s3:::{name}/*")
    s3.put_bucket_policy(Bucket=name, Policy=document(insecure, read))
    # The bucket says yes; the key has not been asked.
    assert refused(accounts.as_role("s3", role).get_object, **asked) == "AccessDenied"

    own = statement(f"arn:aws:iam::{OWNER}:root", "kms:*", "*")
    decrypt = statement(role, "kms:Decrypt", "*")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document(own, decrypt))
    assert accounts.as_role("s3", role).get_object(**asked)["Body"].read() == b"content"
    assert refused(accounts.as_role("s3", stranger).get_object, **asked) == "AccessDenied"
    # Reading is all that it may do.
    assert refused(accounts.as_role("s3", role).put_object, **asked, Body=b"x") == "AccessDenied"


def test_a_key_is_shared_with_a_role_that_is_there(accounts, deploy):
    kms, name = accounts.client("kms", OWNER), f"reader-{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:iam::{OTHER}:role/{name}"
    own = statement(f"arn:aws:iam::{OWNER}:root", "kms:*", "*")
    policy = document(own, statement(arn, "kms:Decrypt", "*"))
    error = "MalformedPolicyDocumentException"
    assert refused(kms.create_key, Policy=policy) == error
    key = kms.create_key(Policy=document(own))["KeyMetadata"]["KeyId"]
    assert refused(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=policy) == error
    stack = deploy({"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}}}})
    shared = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(policy)}}
    with pytest.raises(WaiterError):
        stack.update({"Key": shared})

    assert accounts.role(name) == arn
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    stack.update({"Key": shared})


@pytest.fixture
def repository(accounts):
    """A repository of the owner that lets roles in which carry a tag, and an image in it."""
    name = f"shop/{uuid.uuid4().hex[:8]}"
    ecr = accounts.client("ecr", OWNER)
    ecr.create_repository(repositoryName=name)
    ecr.set_repository_policy(
        repositoryName=name,
        policyText=document(
            statement(
                f"arn:aws:iam::{OTHER}:root",
                ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                Condition={"StringEquals": {"aws:PrincipalTag/service": "web"}},
            )
        ),
    )
    image = ecr.put_image(repositoryName=name, imageManifest=MANIFEST)["image"]
    return name, image["imageId"]["imageDigest"]


def test_a_registry_of_another_account_is_found_by_its_id_and_asks_who_comes(accounts, repository):
    name, digest = repository
    asked = {"registryId": OWNER, "repositoryName": name, "imageIds": [{"imageDigest": digest}]}
    number = uuid.uuid4().hex[:8]
    stranger = accounts.as_role("ecr", accounts.role(f"stranger-{number}"))
    admitted = accounts.as_role("ecr", accounts.role(f"web-{number}", tags=WEB))
    (image,) = admitted.batch_get_image(**asked)["images"]
    assert (image["registryId"], image["imageManifest"]) == (OWNER, MANIFEST)
    assert refused(stranger.batch_get_image, **asked) == "AccessDeniedException"
    # It may pull, and do nothing else.
    put = {"registryId": OWNER, "repositoryName": name, "imageManifest": MANIFEST}
    assert refused(admitted.put_image, **put) == "AccessDeniedException"
    own = {**asked, "registryId": OTHER}
    assert refused(admitted.batch_get_image, **own) == "RepositoryNotFoundException"


def function(accounts, role):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", WHO)
    name = f"who-{uuid.uuid4().hex[:8]}"
    client = accounts.client("lambda", OTHER)
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
        Timeout=30,
    )

    def call(**event):
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    return name, call


def test_a_function_acts_as_its_role_and_is_known_by_its_tags(accounts, repository):
    name, digest = repository
    role = accounts.role(f"hook-{uuid.uuid4().hex[:8]}", tags=WEB)
    called, call = function(accounts, role)
    assert call() == f"arn:aws:sts::{OTHER}:assumed-role/{role.rpartition('/')[2]}/{called}"
    asked = {"registryId": OWNER, "repositoryName": name, "imageIds": [{"imageDigest": digest}]}
    assert call(repository=asked) == [digest]


def test_a_task_gets_no_image_of_a_registry_that_does_not_let_its_role_in(accounts, repository):
    name, digest = repository
    ecs = accounts.client("ecs", OTHER)
    role = accounts.role(f"execution-{uuid.uuid4().hex[:8]}", service="ecs-tasks")
    reference = f"{OWNER}.dkr.ecr.{REGION}.amazonaws.com/{name}@{digest}"
    family = f"pulls-{uuid.uuid4().hex[:8]}"
    ecs.create_cluster(clusterName=family)
    ecs.register_task_definition(
        family=family,
        cpu="256",
        memory="512",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        executionRoleArn=role,
        containerDefinitions=[{"name": "web", "image": reference}],
    )
    subnet = accounts.client("ec2", OTHER).describe_subnets()["Subnets"][0]["SubnetId"]

    def reason():
        (task,) = ecs.run_task(
            cluster=family,
            taskDefinition=family,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
        )["tasks"]

        def stopped():
            (seen,) = ecs.describe_tasks(cluster=family, tasks=[task["taskArn"]])["tasks"]
            return seen if seen["lastStatus"] == "STOPPED" else None

        return eventually(stopped, "a stopped task")["stoppedReason"]

    assert f"{role} is not authorized to perform: ecr:BatchGetImage" in reason()
    accounts.client("iam", OTHER).tag_role(
        RoleName=role.rpartition("/")[2], Tags=[{"Key": "service", "Value": "web"}]
    )
    # It is let in; that this machine has no such image is another matter.
    assert "failed to resolve ref" in reason()


def test_the_same_name_in_two_accounts_is_two_things(accounts):
    name = f"same-{uuid.uuid4().hex[:8]}"
    for account in (OWNER, OTHER):
        accounts.client("logs", account).create_log_group(logGroupName=name)
        accounts.client("secretsmanager", account).create_secret(Name=name, SecretString=account)
        accounts.client("ecs", account).create_cluster(clusterName=name)
        accounts.client("sns", account).create_topic(Name=name)
        accounts.client("cloudwatch", account).put_metric_alarm(
            AlarmName=name,
            Namespace="test",
            MetricName=account,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    accounts.client("secretsmanager", OWNER).update_secret(SecretId=name, SecretString=OWNER)
    accounts.client("logs", OWNER).delete_log_group(logGroupName=name)
    secret = accounts.client("secretsmanager", OTHER).get_secret_value(SecretId=name)
    assert secret["SecretString"] == OTHER
    groups = accounts.client("logs", OTHER).describe_log_groups(logGroupNamePrefix=name)
    assert [group["logGroupName"] for group in groups["logGroups"]] == [name]
    (alarm,) = accounts.client("cloudwatch", OTHER).describe_alarms(AlarmNames=[name])[
        "MetricAlarms"
    ]
    assert (alarm["MetricName"], alarm["AlarmArn"].split(":")[4]) == (OTHER, OTHER)
