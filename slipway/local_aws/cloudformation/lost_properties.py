"""What MiniStack's own resource types leave out of a template, put back on create and update."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from slipway.local_aws.cloudformation.handlers import Properties, answer_json, camel_case
from slipway.local_aws.load_balancer.metrics import full_name
from slipway.local_aws.machine import Machine

_ECS_IMAGE_PARAMETERS = "/aws/service/ecs/optimized-ami/amazon-linux-2023"
_FREE_KEYS = {"DockerLabels", "Options", "DriverOpts", "Labels"}


def install(machine: Machine) -> None:
    """Wrap the handlers of the types that lose something, and add the ECS machine images."""
    _keep_vpc_cidr_block()
    _keep_bucket_encryption()
    _keep_topic_encryption()
    _name_target_groups_in_full()
    _refer_to_secrets_by_arn()
    _keep_generated_secret_options()
    _keep_task_definition_properties()
    _add_ecs_machine_images()


def _handlers(resource_type: str) -> dict[str, Any]:
    from ministack.services.cloudformation import provisioners

    handlers: dict[str, Any] = provisioners._RESOURCE_HANDLERS[resource_type]
    return handlers


def _after(handler: Callable[..., Any], properties_at: int, then: Callable[..., Any]) -> Any:
    """Call ``then(physical_id, properties, attributes)`` with what a handler returned."""

    def wrapped(*args: Any) -> Any:
        physical_id, attributes = handler(*args)
        return then(physical_id, args[properties_at], dict(attributes or {}))

    return wrapped


def _keep_vpc_cidr_block() -> None:
    def add_attributes(vpc_id: str, properties: Properties, attributes: Properties) -> Any:
        return vpc_id, {
            "CidrBlock": properties.get("CidrBlock", ""),
            "CidrBlockAssociations": [],
            "Ipv6CidrBlocks": [],
            **attributes,
        }

    handlers = _handlers("AWS::EC2::VPC")
    handlers["create"] = _after(handlers["create"], 1, add_attributes)
    handlers["update"] = _after(handlers["update"], 2, add_attributes)


def _keep_bucket_encryption() -> None:
    from ministack.services import s3

    def encrypt(bucket: str, properties: Properties, attributes: Properties) -> Any:
        rules = (properties.get("BucketEncryption") or {}).get("ServerSideEncryptionConfiguration")
        if rules:
            s3._put_bucket_encryption(bucket, _encryption_xml(rules).encode())
        else:
            s3._delete_bucket_encryption(bucket)
        return bucket, attributes

    handlers = _handlers("AWS::S3::Bucket")
    handlers["create"] = _after(handlers["create"], 1, encrypt)
    handlers["update"] = _after(handlers["update"], 2, encrypt)


def _keep_topic_encryption() -> None:
    from ministack.services import sns

    def encrypt(arn: str, properties: Properties, attributes: Properties) -> Any:
        stored = sns._topics[arn]["attributes"]
        stored.pop("KmsMasterKeyId", None)
        if properties.get("KmsMasterKeyId"):
            stored["KmsMasterKeyId"] = properties["KmsMasterKeyId"]
        return arn, attributes

    handlers = _handlers("AWS::SNS::Topic")
    handlers["create"] = _after(handlers["create"], 1, encrypt)
    handlers["update"] = _after(handlers["update"], 2, encrypt)


def _name_target_groups_in_full() -> None:
    """Give ``TargetGroupFullName`` the beginning that the dimensions of metrics have."""

    def name_in_full(arn: str, properties: Properties, attributes: Properties) -> Any:
        return arn, {**attributes, "TargetGroupFullName": full_name(arn)}

    handlers = _handlers("AWS::ElasticLoadBalancingV2::TargetGroup")
    handlers["create"] = _after(handlers["create"], 1, name_in_full)
    handlers["update"] = _after(handlers["update"], 2, name_in_full)


def _encryption_xml(rules: list[Properties]) -> str:
    xml = ""
    for rule in rules:
        default = rule.get("ServerSideEncryptionByDefault") or {}
        key = default.get("KMSMasterKeyID")
        xml += (
            "<Rule><ApplyServerSideEncryptionByDefault>"
            f"<SSEAlgorithm>{escape(str(default.get('SSEAlgorithm', 'AES256')))}</SSEAlgorithm>"
            + (f"<KMSMasterKeyID>{escape(str(key))}</KMSMasterKeyID>" if key else "")
            + "</ApplyServerSideEncryptionByDefault>"
            f"<BucketKeyEnabled>{str(rule.get('BucketKeyEnabled', False)).lower()}"
            "</BucketKeyEnabled></Rule>"
        )
    return f"<ServerSideEncryptionConfiguration>{xml}</ServerSideEncryptionConfiguration>"


def _refer_to_secrets_by_arn() -> None:
    """Make ``Ref`` of a secret its ARN; MiniStack's handlers know secrets by name."""
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    def name_of(physical_id: str) -> str:
        for name, secret in secretsmanager._secrets.items():
            if physical_id in (name, secret["ARN"]):
                return str(name)
        return physical_id

    create, update, delete = (
        provisioners._sm_secret_create,
        provisioners._sm_secret_update,
        provisioners._sm_secret_delete,
    )

    def create_secret(*args: Any) -> Any:
        _, attributes = create(*args)
        return attributes["Arn"], attributes

    def update_secret(physical_id: str, *args: Any) -> Any:
        _, attributes = update(name_of(physical_id), *args)
        return attributes["Arn"], attributes

    def delete_secret(physical_id: str, properties: Properties) -> None:
        delete(name_of(physical_id), properties)

    provisioners._sm_secret_delete = delete_secret
    _handlers("AWS::SecretsManager::Secret").update(
        create=create_secret, update=update_secret, delete=delete_secret
    )


def _keep_generated_secret_options() -> None:
    """Honour every option of ``GenerateSecretString``: the API's own generator knows them."""
    from ministack.services import secretsmanager
    from ministack.services.cloudformation import provisioners

    declared = provisioners._sm_secret_string

    def secret_string(properties: Properties) -> str:
        generate = properties.get("GenerateSecretString")
        if generate is None or properties.get("SecretString"):
            return str(declared(properties))
        options = {
            name: str(value).lower() == "true" if str(value).lower() in ("true", "false") else value
            for name, value in generate.items()
            if name not in ("SecretStringTemplate", "GenerateStringKey")
        }
        options["PasswordLength"] = int(options.get("PasswordLength", 32))
        password = answer_json(secretsmanager._get_random_password(options))["RandomPassword"]
        if "SecretStringTemplate" not in generate:
            return str(password)
        return json.dumps(
            json.loads(generate["SecretStringTemplate"]) | {generate["GenerateStringKey"]: password}
        )

    provisioners._sm_secret_string = secret_string


def _keep_task_definition_properties() -> None:
    """Register every property of a task definition as RegisterTaskDefinition would."""
    from ministack.services import ecs
    from ministack.services.cloudformation import provisioners

    create = provisioners._ecs_task_def_create

    def create_task_definition(
        logical_id: str, properties: Properties, stack_name: str
    ) -> tuple[str, Any]:
        arn, attributes = create(logical_id, properties, stack_name)
        record = ecs._task_defs[arn.rpartition("/")[2]]
        record.update(api_spelling({**properties, "Tags": None, "Family": record["family"]}))
        record.pop("tags", None)
        for container in record["containerDefinitions"]:
            container.setdefault("cpu", 0)
            container.setdefault("essential", True)
        for name in [name for name, value in record.items() if value in ("", None)]:
            del record[name]
        return arn, attributes

    # The update handler calls the module's name.
    provisioners._ecs_task_def_create = create_task_definition
    _handlers("AWS::ECS::TaskDefinition")["create"] = create_task_definition


def api_spelling(value: Any) -> Any:
    """Spell a template's value as the ECS API does; keys that people chose stay as they are."""
    if isinstance(value, list):
        return [api_spelling(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        camel_case({key: None}).popitem()[0]: inner if key in _FREE_KEYS else api_spelling(inner)
        for key, inner in value.items()
    }


def _add_ecs_machine_images() -> None:
    from ministack.services import ec2, ssm

    for path, image_id, architecture in (
        ("recommended", "ami-0ec52023a1b2c3d4e", "x86_64"),
        ("arm64/recommended", "ami-0ec5202364a1b2c3d", "arm64"),
    ):
        name = f"{_ECS_IMAGE_PARAMETERS}/{path}/image_id"
        ssm._PUBLIC_AMI_PARAMETERS[name] = image_id
        ec2._STUB_AMIS.append(
            (
                image_id,
                f"al2023-ami-ecs-hvm-2023-kernel-6.1-{architecture}",
                "Amazon Linux 2023 AMI with the ECS agent",
                "",
                "/dev/xvda",
                "591542846629",
                "amazon",
            )
        )
