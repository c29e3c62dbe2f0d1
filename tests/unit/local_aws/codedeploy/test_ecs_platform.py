import pytest
from botocore.exceptions import ClientError

from slipway.local_aws.codedeploy.ecs_platform import EcsPlatform
from slipway.local_aws.codedeploy.errors import DeploymentEndedError
from slipway.local_aws.codedeploy.model import DeploymentGroup

SERVICE = {"ecsServices": [{"clusterName": "cluster", "serviceName": "web"}]}


class RefusingMachine:
    """Every call of every API is refused with one error."""

    def __init__(self, code):
        self._error = ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")

    def client(self, service, **scope):
        return self

    def __getattr__(self, operation):
        def refuse(**request):
            raise self._error

        return refuse


def platform(code):
    group = DeploymentGroup("application", "group", SERVICE)
    return EcsPlatform(RefusingMachine(code), group, account="000000000000", region="us-east-1")


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ("AccessDeniedException", "IAM_ROLE_PERMISSIONS"),
        ("ResourceNotFoundException", "INVALID_LAMBDA_FUNCTION"),
    ],
)
def test_hook_that_may_not_be_invoked_is_a_matter_of_permissions(refusal, code):
    with pytest.raises(DeploymentEndedError) as ended:
        platform(refusal).invoke("function", {})
    assert (ended.value.status, ended.value.code) == ("Failed", code)


def test_alarms_that_cloudwatch_says_nothing_about_stop_a_deployment():
    with pytest.raises(DeploymentEndedError) as ended:
        platform("InternalFailure").alarm_states(["errors"])
    assert (ended.value.status, ended.value.rollback_event) == (
        "Stopped",
        "DEPLOYMENT_STOP_ON_ALARM",
    )


def test_service_that_is_deleted_in_the_middle_is_invalid():
    with pytest.raises(DeploymentEndedError) as ended:
        platform("ServiceNotActiveException").sizes({"id": "blue"})
    assert ended.value.code == "INVALID_ECS_SERVICE"
