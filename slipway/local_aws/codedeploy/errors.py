"""How CodeDeploy says no: by an error of its API, or by the error of a deployment."""

from __future__ import annotations

from slipway.local_aws.json_api import ApiError


class CodeDeployError(ApiError):
    """A request that CodeDeploy refuses, with the error code of its API."""


class DeploymentEndedError(Exception):
    """A deployment that ends before its time.

    Parameters
    ----------
    status
        ``Failed`` or ``Stopped``.
    code, message
        What ``errorInformation`` answers.
        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ErrorInformation.html
    rollback_event
        The event of an auto-rollback configuration that it is.
    """

    def __init__(self, status: str, code: str, message: str, rollback_event: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.rollback_event = rollback_event


def failed(code: str, message: str) -> DeploymentEndedError:
    """Make the error of a deployment that fails by itself."""
    return DeploymentEndedError("Failed", code, message, "DEPLOYMENT_FAILURE")


def missing(code: str, what: str) -> DeploymentEndedError:
    """Make the error of a deployment whose group or application went before it began."""
    return failed(code, f"The deployment failed because its {what} no longer exists.")


def invalid_service(message: str) -> DeploymentEndedError:
    """Make the error of a deployment whose ECS service is none that CodeDeploy can deploy."""
    return failed("INVALID_ECS_SERVICE", f"The ECS service can't be deployed: {message}")


def not_updated(message: str) -> DeploymentEndedError:
    """Make the error of a deployment whose change ECS refuses."""
    return failed("ECS_UPDATE_ERROR", f"The ECS service cannot be updated: {message}")


def not_rerouted(message: str) -> DeploymentEndedError:
    """Make the error of a deployment whose change the load balancer refuses."""
    return failed(
        "ELASTIC_LOAD_BALANCING_INVALID",
        f"The ELB could not be updated due to the following error: {message}",
    )


def hook_missing(function: str) -> DeploymentEndedError:
    """Make the error of a deployment whose hook names no function."""
    return failed("INVALID_LAMBDA_FUNCTION", f"The Lambda function {function} does not exist.")


def hook_forbidden(function: str) -> DeploymentEndedError:
    """Make the error of a deployment whose role may not invoke a hook."""
    return failed(
        "IAM_ROLE_PERMISSIONS",
        "The service role does not give you permission to perform operations in the following "
        f"AWS service: AWSLambda (the function {function}).",
    )


def hook_failed() -> DeploymentEndedError:
    """Make the error of a deployment whose hook reported Failed."""
    return failed(
        "HOOK_EXECUTION_FAILURE",
        "The deployment failed because one or more of the lifecycle event validation functions "
        "failed.",
    )


def hook_silent() -> DeploymentEndedError:
    """Make the error of a deployment whose hook never reported."""
    return failed(
        "HOOK_EXECUTION_FAILURE",
        "The deployment timed out while waiting for a status callback. CodeDeploy expects a "
        "status callback within one hour after a deployment hook is invoked.",
    )


def never_healthy() -> DeploymentEndedError:
    """Make the error of a deployment whose green tasks never get healthy."""
    return failed(
        "TIMEOUT",
        "The deployment timed out while waiting for the replacement task set to become healthy. "
        "This time out period is 60 minutes.",
    )


def not_behind_listener(listener: str) -> DeploymentEndedError:
    """Make the error of a deployment that finds production traffic somewhere else."""
    return not_rerouted(f"Primary taskset target group must be behind listener {listener}")


def never_steady() -> DeploymentEndedError:
    """Make the error of a deployment whose service scales in mid-shift, and doesn't arrive."""
    return failed(
        "TIMEOUT",
        "The deployment timed out while waiting for the service to reach a steady state after a "
        "scaling event. This time out period is 5 minutes.",
    )


def alarm_active(names: list[str]) -> DeploymentEndedError:
    """Make the error of a deployment that an alarm stops."""
    activated = " ".join(f"<{name}>" for name in names)
    return DeploymentEndedError(
        "Stopped",
        "ALARM_ACTIVE",
        "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
        "selected, and the affected deployments have been stopped. "
        f"Activated alarms: {activated}",
        "DEPLOYMENT_STOP_ON_ALARM",
    )


def alarms_unavailable(message: str) -> DeploymentEndedError:
    """Make the error of a deployment that CloudWatch doesn't tell about its alarms."""
    return DeploymentEndedError(
        "Stopped",
        "INTERNAL_ERROR",
        f"The state of the deployment's alarms can't be retrieved from CloudWatch: {message}",
        "DEPLOYMENT_STOP_ON_ALARM",
    )


def alarms_missing(names: list[str]) -> DeploymentEndedError:
    """Make the error of a deployment that watches alarms that don't exist."""
    return DeploymentEndedError(
        "Stopped",
        "CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND",
        f"The deployment's alarms can't be found in CloudWatch: {', '.join(names)}",
        "DEPLOYMENT_STOP_ON_ALARM",
    )


def stopped_by_user() -> DeploymentEndedError:
    """Make the error of a deployment that StopDeployment ends."""
    return DeploymentEndedError(
        "Stopped",
        "MANUAL_STOP",
        "The deployment was stopped before it completed.",
        "DEPLOYMENT_STOP_ON_REQUEST",
    )


def not_continued(minutes: int) -> DeploymentEndedError:
    """Make the error of a deployment that nobody approved in time."""
    return DeploymentEndedError(
        "Stopped",
        "TIMEOUT",
        "The deployment timed out while waiting for a notification to continue. "
        f"This time out period is {minutes} minutes.",
        "DEPLOYMENT_STOP_ON_REQUEST",
    )
