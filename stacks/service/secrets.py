"""The secrets of a service, and the environment variables that its tasks read them from."""

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.findings import acknowledge
from slipway_constructs.task import SecretKey
from stacks.service.data_protection import DataProtection


def add_secrets(
    scope: Construct, names: Names, service: Service, *, data_protection: DataProtection
) -> dict[str, SecretKey]:
    """Add each secret once, however many variables read it.

    Returns
    -------
    dict
        The secret and its JSON key, by the environment variable that holds its value.
    """
    created: dict[str, secretsmanager.Secret] = {}
    sources = {}
    for variable, source in service.secrets.items():
        if source.name not in created:
            created[source.name] = _add_secret(
                scope,
                f"Secret{source.name.title()}",
                name=names.secret(service.name, source.name),
                description=f"{source.name} of {service.name}",
                key=source.key,
                data_protection=data_protection,
            )
        sources[variable] = SecretKey(
            secret_arn=created[source.name].secret_arn,
            encryption_key_arn=data_protection.encryption.key_arn,
            key=source.key,
        )
    return sources


def _add_secret(
    scope: Construct,
    id_: str,
    *,
    name: str,
    description: str,
    key: str,
    data_protection: DataProtection,
) -> secretsmanager.Secret:
    """Add a secret with a generated value under a JSON key.

    The value is made inside Secrets Manager: no template and no log ever holds it.
    """
    secret = secretsmanager.Secret(
        scope,
        id_,
        secret_name=name,
        description=description,
        encryption_key=data_protection.encryption,
        removal_policy=data_protection.removal_policy,
        generate_secret_string=secretsmanager.SecretStringGenerator(
            secret_string_template="{}",  # noqa: S106 - an empty object to add to
            generate_string_key=key,
            exclude_punctuation=True,
            password_length=48,
        ),
    )
    acknowledge(
        secret,
        "AwsSolutions-SMG4",
        "SecretsManagerRotationEnabled",
        because="A task reads this secret once, when it starts. Rotated on a schedule, "
        "it would leave running tasks with the old value beside new ones with the new; "
        "it is rotated on purpose, by a new value, and the Releases stack starts the "
        "release that replaces every task.",
    )
    return secret
