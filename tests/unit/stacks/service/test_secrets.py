"""The secrets of a service: no template holds their values."""

from typing import Any


def test_each_secret_is_made_inside_secrets_manager(storefront: Any) -> None:
    secret = storefront.only("AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["Name"] == "shop/local/storefront/session"
    assert secret["GenerateSecretString"]["GenerateStringKey"] == "key"
    assert secret["KmsKeyId"] == {
        "Fn::GetAtt": [storefront.only_id("AWS::KMS::Key"), "Arn"],
    }
