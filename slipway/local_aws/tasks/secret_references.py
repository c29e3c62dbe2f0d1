"""What stands behind the ``secrets`` of a container: Secrets Manager or Parameter Store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_SECRET_ARN_FIELDS = 7


class SecretUnavailableError(Exception):
    """A container's secret can't be fetched; its task stops with this reason."""


@dataclass(frozen=True)
class SecretReference:
    """One ``valueFrom``, taken apart.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """

    service: str
    identifier: str
    region: str
    json_key: str = ""
    version_stage: str = ""
    version_id: str = ""

    @classmethod
    def parse(cls, value_from: str, *, region: str) -> SecretReference:
        """Read an ARN of either service, or the bare name of a parameter of the task's region."""
        fields = value_from.split(":")
        if not value_from.startswith("arn:"):
            return cls("ssm", value_from, region)
        if fields[2] == "ssm":
            return cls("ssm", value_from, fields[3])
        if fields[2] != "secretsmanager" or len(fields) < _SECRET_ARN_FIELDS:
            raise SecretUnavailableError(
                f"ResourceInitializationError: invalid secret reference {value_from}"
            )
        json_key, version_stage, version_id = [*fields[_SECRET_ARN_FIELDS:], "", "", ""][:3]
        return cls(
            "secretsmanager",
            ":".join(fields[:_SECRET_ARN_FIELDS]),
            fields[3],
            json_key,
            version_stage,
            version_id,
        )

    def fetch(self, client: Any) -> str:
        """Ask the service for the value.

        Raises
        ------
        SecretUnavailableError
            There is no such secret, version or key, or the role may not read it.
        """
        try:
            if self.service == "ssm":
                answer = client.get_parameter(Name=self._parameter_name(), WithDecryption=True)
                return str(answer["Parameter"]["Value"])
            return self._from_secret(client)
        except (ClientError, BotoCoreError) as error:
            raise SecretUnavailableError(
                "ResourceInitializationError: unable to pull secrets or registry auth: "
                f"unable to retrieve secret from {self.service}: {self.identifier}: {error}"
            ) from error

    def _parameter_name(self) -> str:
        if not self.identifier.startswith("arn:"):
            return self.identifier
        name = self.identifier.split(":parameter/", 1)[1]
        return f"/{name}" if "/" in name else name

    def _from_secret(self, client: Any) -> str:
        version = {"VersionStage": self.version_stage, "VersionId": self.version_id}
        answer = client.get_secret_value(
            SecretId=self.identifier, **{key: value for key, value in version.items() if value}
        )
        text = str(answer["SecretString"])
        if not self.json_key:
            return text
        try:
            return str(json.loads(text)[self.json_key])
        except (ValueError, KeyError, TypeError):
            raise SecretUnavailableError(
                "ResourceInitializationError: unable to pull secrets or registry auth: "
                f"retrieved secret from Secrets Manager did not contain json key {self.json_key}"
            ) from None


def fetch_all(
    container: dict[str, Any], *, region: str, client: Callable[[str, str], Any]
) -> dict[str, str]:
    """Fetch every secret of a container definition.

    Parameters
    ----------
    client
        Called with service and region; answers a boto3 client of the execution role's account.
    """
    values = {}
    for secret in container.get("secrets", []):
        reference = SecretReference.parse(secret["valueFrom"], region=region)
        values[secret["name"]] = reference.fetch(client(reference.service, reference.region))
    return values
