from typing import Any

import pytest


@pytest.mark.parametrize("stack", ["network", "cluster", "registry", "storefront", "observability"])
def test_each_stack_has_a_key_of_its_own_that_rotates(stack: str, request: Any) -> None:
    template = request.getfixturevalue(stack)
    assert template.only("AWS::KMS::Key")["EnableKeyRotation"] is True
    (alias,) = template.each("AWS::KMS::Alias")
    assert alias["AliasName"].startswith("alias/shop")


@pytest.mark.parametrize("stack", ["network", "cluster", "storefront"])
def test_cloudwatch_logs_may_use_the_key_for_this_stack_s_log_groups_only(
    stack: str, request: Any
) -> None:
    template = request.getfixturevalue(stack)
    names = {group["LogGroupName"] for group in template.each("AWS::Logs::LogGroup")}
    allowed: list[str] = []
    for statement in template.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]:
        if statement["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}:
            arns = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
            allowed += [arns] if not isinstance(arns, list) else arns
    found = {str(arn).split("log-group:")[1].rstrip("']}") for arn in allowed}
    assert found == names
