"""The first call of a hook's function, made of its real package, against APIs that answer at once.

The APIs are in this process and the hook in another one, so that what they cost isn't counted.
"""

import json
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

EVENT = "AfterAllowTestTraffic"
HTTP_CHECK = ({"http": {"path": "/"}},)

# What Lambda does with a handler, in a process where nothing of it was imported before.
CALL = """
from codedeploy.handler import handler

class Context:
    def get_remaining_time_in_millis():
        return 60_000

handler({"DeploymentId": "d-BENCH", "LifecycleEventHookExecutionId": "execution"}, Context)
"""

_REVISION = "bench:1"
_TARGET_GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:targetgroup/green/1"
_ALARM = "errors"
_APPSPEC = {
    "Resources": [
        {
            "TargetService": {
                "Properties": {
                    "TaskDefinition": "arn:aws:ecs:eu-west-1:111111111111:task-definition/"
                    + _REVISION
                }
            }
        }
    ]
}
# Answers of the JSON protocol, by operation.
_JSON: Mapping[str, Any] = {
    "GetDeployment": {
        "deploymentInfo": {
            "applicationName": "bench",
            "revision": {
                "revisionType": "AppSpecContent",
                "appSpecContent": {"sha256": "0" * 64},
            },
        }
    },
    "GetApplicationRevision": {"revision": {"appSpecContent": {"content": json.dumps(_APPSPEC)}}},
    "DescribeServices": {
        "services": [
            {
                "taskSets": [
                    {
                        "externalId": "d-BENCH",
                        "computedDesiredCount": 1,
                        "loadBalancers": [{"targetGroupArn": _TARGET_GROUP}],
                    }
                ]
            }
        ]
    },
    "DescribeTaskDefinition": {
        "taskDefinition": {"family": "bench", "revision": 1, "containerDefinitions": []}
    },
    "DescribeAlarms": {"MetricAlarms": [{"AlarmName": _ALARM, "StateValue": "OK"}]},
    "PutLifecycleEventHookExecutionStatus": {},
}
# Answers of the query protocols.
_XML: Mapping[str, str] = {
    "DescribeNetworkInterfaces": "<networkInterfaceSet><item><privateIpAddress>127.0.0.1"
    "</privateIpAddress></item></networkInterfaceSet>",
    "DescribeTargetHealth": "<DescribeTargetHealthResult><TargetHealthDescriptions><member>"
    "<TargetHealth><State>healthy</State></TargetHealth></member></TargetHealthDescriptions>"
    "</DescribeTargetHealthResult>",
}


def write_package(runtime: Path, folder: Path, checks: Sequence[Any] = HTTP_CHECK) -> Path:
    """Write what Lambda gets: the hooks' source, with one event's checks and no bytecode."""
    shutil.copytree(runtime, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "checks.json").write_text(json.dumps({EVENT: checks}))
    return folder


@contextmanager
def answering() -> Iterator[tuple[dict[str, str], list[str]]]:
    """Answer as the APIs of AWS that a hook asks, and as green.

    Yields
    ------
    tuple
        The variables of a hook's function that asks here, and the statuses that it reports.
    """
    reports: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(reports))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}).start()
    port = str(server.server_port)
    try:
        yield (
            {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",  # pragma: allowlist secret: made up
                "AWS_DEFAULT_REGION": "eu-west-1",
                # As Lambda, which keeps no bytecode of a function.
                "PYTHONDONTWRITEBYTECODE": "1",
                "LIFECYCLE_EVENT": EVENT,
                "CLUSTER": "bench",
                "SERVICE": "bench",
                "LOAD_BALANCER": "app/bench/1",
                "HOST": "bench.example.com",
                "TEST_PORT": port,
                "PRODUCTION_PORT": port,
                "TEST_PROTOCOL": "HTTP",
                "ALARMS": json.dumps([_ALARM]),
            },
            reports,
        )
    finally:
        server.shutdown()
        server.server_close()


def _handler(reports: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two writes: the second would wait for the first's acknowledgement.
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._answer("Welcome", {"x-task-revision": _REVISION})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            if operation == "PutLifecycleEventHookExecutionStatus":
                reports.append(json.loads(body)["status"])
            if operation:
                self._answer(json.dumps(_JSON[operation]))
            else:
                operation = body.partition("Action=")[2].partition("&")[0]
                self._answer(f"<{operation}Response>{_XML[operation]}</{operation}Response>")

        def _answer(self, body: str, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(200)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    return Handler
