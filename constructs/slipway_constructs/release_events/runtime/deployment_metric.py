"""Tell CloudWatch of a deployment, so that graphs show when it was.

A dashboard's own vertical lines are part of its template: whoever writes them later is undone by
the next update of the stack. A metric stays, and each graph draws it.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def tell(event: Mapping[str, Any]) -> None:
    """Write what CodeDeploy tells of a deployment as a metric, at the time of the event itself.

    CloudWatch Logs reads it from the function's log: that needs no permission. An event that comes
    twice counts twice, so a graph draws the maximum.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

    Parameters
    ----------
    event
        A ``CodeDeploy Deployment State-change Notification``.
    """
    detail = event["detail"]
    line = {
        "_aws": {
            "Timestamp": int(datetime.fromisoformat(event["time"]).timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": os.environ["METRICS_NAMESPACE"],
                    "Dimensions": [["ServiceName"], ["ServiceName", "State"]],
                    "Metrics": [{"Name": "DeploymentEvents", "Unit": "Count"}],
                }
            ],
        },
        # A deployment group is called what its service is called.
        "ServiceName": detail["deploymentGroup"],
        "State": detail["state"],
        "DeploymentEvents": 1,
        "deployment_id": detail["deploymentId"],
    }
    print(json.dumps(line), flush=True)
