"""What an environment does, at a glance: all its services, and what they share."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slipway_constructs.own_metrics import DEPLOYMENT_EVENTS, LEVEL, namespace
from slipway_constructs.values import arn, place
from slipway_constructs.widgets import (
    HALF,
    QUARTER,
    Metric,
    Widget,
    alarms,
    body,
    graph,
    metric,
    search,
)

# CloudWatch's limit for one widget.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
_MOST_ALARMS = 100
# Alarms of which there is room for in a row, and in a widget of the usual height.
_A_ROW, _ROW_HEIGHT, _TITLE_HEIGHT = 8, 1, 2

_EACH_SERVICE = "${PROP('Dim.ServiceName')}"
_EACH_LOAD_BALANCER = "${PROP('Dim.LoadBalancer')}"


@dataclass(frozen=True, kw_only=True)
class ObservedEnvironment:
    """An environment, as its metrics and alarms name it.

    Attributes
    ----------
    cluster_name, capacity_provider_name
        The ECS cluster, and its capacity provider of EC2 instances.
    shared_alarms
        Alarms over what the services share.
    service_alarms
        Those of the services that call people.
    functions
        The functions that carry releases when nobody watches; their queues are called as they are.
    dead_letters
        The queue of what those could not do.
    most_instances
        The maximum of the Auto Scaling group.
    """

    cluster_name: str
    capacity_provider_name: str
    shared_alarms: Sequence[str]
    service_alarms: Sequence[str]
    functions: Sequence[str]
    dead_letters: str
    most_instances: int


class EnvironmentDashboard(Construct):
    """One CloudWatch dashboard of everything in an environment, whatever the number of services.

    It knows services by their names and by the cluster: it asks for the metrics that are there when
    somebody looks, so a service comes and goes without a change of it. Load balancers have names
    that CloudFormation makes up; they are drawn for the whole account, and say so.

    How many network interfaces instances have left is no metric of AWS: tasks that find none wait,
    and are drawn as pending.

    Parameters
    ----------
    scope, id_
        Where the dashboard lives, and its name there.
    name
        The dashboard's name in CloudWatch.
    environment
        The environment to look at.
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, environment: ObservedEnvironment
    ) -> None:
        super().__init__(scope, id_)
        self._environment = environment
        self._region = place(self)[1]
        self._of_cluster = f'ClusterName="{environment.cluster_name}"'
        rows = [
            [self._alarms("What services share", environment.shared_alarms)],
            *([each] for each in self._alarms_of_services()),
            self._what_callers_see(),
            self._tasks(),
            self._instances(),
            self._releases(),
        ]
        cloudwatch.CfnDashboard(self, "Dashboard", dashboard_name=name, dashboard_body=body(rows))

    def _alarms(self, title: str, names: Sequence[str]) -> Widget:
        rows = -(-len(names) // _A_ROW)
        return alarms(
            title,
            [arn(self, "cloudwatch", f"alarm:{name}") for name in names],
            height=_TITLE_HEIGHT + _ROW_HEIGHT * rows,
        )

    def _alarms_of_services(self) -> list[Widget]:
        names = self._environment.service_alarms
        parts = [names[at : at + _MOST_ALARMS] for at in range(0, len(names), _MOST_ALARMS)]
        return [
            self._alarms(
                "Services" if len(parts) == 1 else f"Services, part {number} of {len(parts)}", part
            )
            for number, part in enumerate(parts, start=1)
        ]

    def _what_callers_see(self) -> list[Widget]:
        """Draw rate, errors and duration; of each service its own dashboard knows better."""
        return [
            self._graph(
                "Requests a minute, each load balancer of the account",
                [self._of_load_balancers("RequestCount", "Sum")],
            ),
            self._graph(
                "Answers of 5xx a minute, each load balancer of the account",
                [
                    self._of_load_balancers("HTTPCode_Target_5XX_Count", "Sum"),
                    self._of_load_balancers("HTTPCode_ELB_5XX_Count", "Sum", "its own answers of "),
                ],
            ),
            self._graph(
                "Response time in seconds, p99, each load balancer of the account",
                [self._of_load_balancers("TargetResponseTime", "p99")],
            ),
            self._graph(
                "Log lines a minute of level error or worse",
                [
                    search(
                        f'"{namespace(self._environment.cluster_name)}",{LEVEL}',
                        "",
                        where=f'({LEVEL}="error" OR {LEVEL}="critical" OR {LEVEL}="fatal")',
                        statistic="Sum",
                        label=f"${{PROP('MetricName')}} ${{PROP('Dim.{LEVEL}')}}",
                    )
                ],
            ),
        ]

    def _tasks(self) -> list[Widget]:
        return [
            self._graph(
                "CPU in percent of what is reserved", [self._of_services("CPUUtilization")]
            ),
            self._graph(
                "Memory in percent of what is reserved", [self._of_services("MemoryUtilization")]
            ),
            self._graph("Tasks that run", [self._of_tasks("RunningTaskCount")]),
            self._graph("Tasks that wait to run", [self._of_tasks("PendingTaskCount")]),
        ]

    def _instances(self) -> list[Widget]:
        environment = self._environment
        cluster = {"ClusterName": environment.cluster_name}
        provider = {"CapacityProviderName": environment.capacity_provider_name, **cluster}
        return [
            self._graph(
                "EC2: needed instances, in percent of those there are",
                [
                    metric(
                        "AWS/ECS/ManagedScaling",
                        "CapacityProviderReservation",
                        provider,
                        label="needed",
                    )
                ],
                annotations={"horizontal": [{"label": "as many as there are", "value": 100}]},
            ),
            self._graph(
                "EC2: instances",
                [metric("ECS/ContainerInsights", "ContainerInstanceCount", cluster, label="there")],
                annotations={
                    "horizontal": [{"label": "at most", "value": environment.most_instances}]
                },
            ),
            self._graph(
                "EC2: CPU and memory in percent of what instances have",
                [
                    metric("AWS/ECS", "CPUReservation", cluster, label="CPU reserved"),
                    metric("AWS/ECS", "MemoryReservation", cluster, label="memory reserved"),
                ],
            ),
            self._graph(
                "Network in bytes a second",
                [
                    self._of_tasks("NetworkRxBytes", "in: "),
                    self._of_tasks("NetworkTxBytes", "out: "),
                ],
            ),
        ]

    def _releases(self) -> list[Widget]:
        environment = self._environment
        queue = "AWS/SQS"
        return [
            self._graph(
                "Releases: began or ended",
                [
                    search(
                        f'"{namespace(environment.cluster_name)}",ServiceName',
                        DEPLOYMENT_EVENTS,
                        statistic="Maximum",
                        label=_EACH_SERVICE,
                    )
                ],
                width=HALF,
            ),
            self._graph(
                "Functions around releases: errors",
                [
                    metric("AWS/Lambda", "Errors", {"FunctionName": name}, label=name, stat="Sum")
                    for name in environment.functions
                ],
            ),
            self._graph(
                "Events that wait: seconds of the oldest, and given up",
                [
                    *(
                        metric(
                            queue,
                            "ApproximateAgeOfOldestMessage",
                            {"QueueName": name},
                            label=name,
                            stat="Maximum",
                        )
                        for name in environment.functions
                    ),
                    metric(
                        queue,
                        "ApproximateNumberOfMessagesVisible",
                        {"QueueName": environment.dead_letters},
                        label="given up",
                        stat="Maximum",
                    ),
                ],
            ),
        ]

    def _of_services(self, name: str) -> Metric:
        return search(
            "AWS/ECS,ClusterName,ServiceName",
            name,
            where=self._of_cluster,
            statistic="Average",
            label=_EACH_SERVICE,
        )

    def _of_tasks(self, name: str, label: str = "") -> Metric:
        return search(
            "ECS/ContainerInsights,ClusterName,ServiceName",
            name,
            where=self._of_cluster,
            statistic="Average",
            label=f"{label}{_EACH_SERVICE}",
        )

    def _of_load_balancers(self, name: str, statistic: str, label: str = "") -> Metric:
        return search(
            "AWS/ApplicationELB,LoadBalancer",
            name,
            statistic=statistic,
            label=f"{label}{_EACH_LOAD_BALANCER}",
        )

    def _graph(
        self, title: str, metrics: Sequence[Metric], width: int = QUARTER, **further: object
    ) -> Widget:
        return graph(title, metrics, region=self._region, width=width, **further)
