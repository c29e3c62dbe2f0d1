"""The Releases stack: what carries releases when nobody watches."""

from pathlib import Path
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from slipway.settings import Environment, Names
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.logs import function_log_group
from slipway_constructs.release_events import ReleaseEvents
from slipway_constructs.runbooks import Runbooks
from slipway_constructs.values import arn

_ENGINE = Path(__file__).parents[1] / "slipway" / "release"


class ReleasesStack(Stack):
    """Scaling resumed after a release, and a release for each new value of a secret.

    It knows the services by how their names begin, and imports nothing. It comes before them:
    whatever is released has it.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names, environment
        The settings.
    removal_policy
        What happens to logs and their key when the stack goes.
    runbooks
        Where the pages on the alarms are.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        removal_policy: RemovalPolicy,
        runbooks: Runbooks,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack("releases"), **kwargs)
        scaling, rotation = names.releases("scaling"), names.releases("rotation")
        ReleaseEvents(
            self,
            "Events",
            engine=_ENGINE,
            scaling_name=scaling,
            rotation_name=rotation,
            dead_letters_name=names.releases("given-up"),
            alarm_prefix=names.stack("releases"),
            shared_alarm_name=names.shared_alarm,
            # By its name, as the topic: the stack that has both comes before this one.
            shared_alarms=[names.capacity_alarm],
            cluster_name=names.cluster,
            prefix=names.stack(""),
            secret_prefix=names.secrets,
            notifications=arn(self, "sns", names.notifications),
            runbooks=runbooks,
            log_retention=environment.log_retention,
            encryption=EncryptionKey(
                self,
                "Encryption",
                alias=names.key_alias("releases"),
                removal_policy=removal_policy,
                log_groups=[function_log_group(scaling), function_log_group(rotation)],
            ),
            removal_policy=removal_policy,
        )
