"""What becomes of the stack that sends a request."""

import json

import boto3
from botocore.config import Config

_BRIEF = Config(
    connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
)


def is_rolling_back(stack_id: str) -> bool:
    """Tell whether it returns to what it was; where that can't be read, it doesn't."""
    try:
        cloudformation = boto3.client("cloudformation", config=_BRIEF)
        stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    except Exception as error:
        print(json.dumps({"stack_status": "unknown", "detail": str(error)}), flush=True)
        return False
    return "ROLLBACK" in stack["StackStatus"]
