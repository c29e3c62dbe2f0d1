"""What callers see of a service, blue and green apart: either may be live."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipway_constructs.widgets import Metric, expression, hidden, metric

_NAMESPACE = "AWS/ApplicationELB"
_COLORS = {"blue": "#1f77b4", "green": "#2ca02c"}


@dataclass(frozen=True)
class ColorMetrics:
    """The load balancer's metrics of a pair of target groups.

    Attributes
    ----------
    load_balancer, target_groups
        Full names, as the metrics' dimensions have them; the target groups by color.
    """

    load_balancer: str
    target_groups: Mapping[str, str]

    def of_both(
        self, name: str, statistic: str, label: str = "", *, in_color: bool = True
    ) -> list[Metric]:
        """Draw a metric of each target group, in the group's own color or in any."""
        return [
            metric(
                _NAMESPACE,
                name,
                group,
                **({"color": _COLORS[color]} if in_color else {}),
                label=f"{color} {label}".rstrip(),
                stat=statistic,
            )
            for color, group in self._groups().items()
        ]

    def share_of_errors(self) -> list[Metric]:
        """Draw the share of failed requests: a minute without any error has 0, not nothing.

        Refused connections are of requests that count, because a target was chosen for them.
        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        """
        metrics: list[Metric] = []
        for color, group in self._groups().items():
            ids = {
                f"{color}_{kind}": name
                for kind, name in (
                    ("requests", "RequestCount"),
                    ("failed", "HTTPCode_Target_5XX_Count"),
                    ("refused", "TargetConnectionErrorCount"),
                )
            }
            requests, failed, refused = ids
            metrics += [
                expression(
                    f"100 * (FILL({failed}, 0) + FILL({refused}, 0)) / {requests}",
                    color,
                    color=_COLORS[color],
                ),
                *(hidden(_NAMESPACE, name, group, id=id_, stat="Sum") for id_, name in ids.items()),
            ]
        return metrics

    def _groups(self) -> dict[str, dict[str, str]]:
        """Give the dimensions of each target group, by its color."""
        return {
            color: {"LoadBalancer": self.load_balancer, "TargetGroup": group}
            for color, group in self.target_groups.items()
        }
