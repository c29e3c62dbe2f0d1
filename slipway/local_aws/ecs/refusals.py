"""What ECS refuses to change on a service that CodeDeploy deploys."""

from __future__ import annotations

from typing import Any

_USE_CODE_DEPLOY = (
    "on services with a CODE_DEPLOY deployment controller. "
    "Use AWS CodeDeploy to trigger a new deployment."
)

TASK_DEFINITION_REFUSAL = f"Unable to update task definition {_USE_CODE_DEPLOY}"

# In the order in which ECS looks at them. Known words of the API where there are reports of them
# (task definition, network, forced deployment, capacity provider strategy); the others follow suit.
_REFUSALS = {
    "taskDefinition": TASK_DEFINITION_REFUSAL,
    "networkConfiguration": f"Unable to update network parameters {_USE_CODE_DEPLOY}",
    "platformVersion": f"Unable to update platform version {_USE_CODE_DEPLOY}",
    "loadBalancers": f"Unable to update load balancers {_USE_CODE_DEPLOY}",
    "serviceRegistries": f"Unable to update service registries {_USE_CODE_DEPLOY}",
    "forceNewDeployment": f"Cannot force a new deployment {_USE_CODE_DEPLOY}",
    "capacityProviderStrategy": (
        "When switching from launch type to capacity provider strategy on an existing service, "
        "or making a change to a capacity provider strategy on a service that is already using "
        "one, you must force a new deployment."
    ),
}


def refusal_of(request: dict[str, Any]) -> str | None:
    """Return why UpdateService refuses a request for a CODE_DEPLOY service, or None.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    """
    for parameter, words in _REFUSALS.items():
        value = request.get(parameter)
        if value is not None and value is not False:
            return words
    return None
