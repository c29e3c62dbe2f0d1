"""However the local AWS ends, its tasks end with it."""

import contextlib
import json
import signal
import socket
import subprocess
import sys

import boto3
import pytest

# Ignores SIGTERM: only the leash can end it.
STUBBORN = """
import http.server, os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
handler = http.server.SimpleHTTPRequestHandler
http.server.HTTPServer((os.environ["HOST"], 8080), handler).serve_forever()
"""


def is_open(address):
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex((address, 8080)) == 0


@pytest.fixture
def running(tmp_path, tools):
    """A process of its own with two tasks; their addresses."""
    images = tmp_path / "images"
    images.mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "slipway.local_aws", "--images", str(images)),
            *("--time-scale", "0.01", "--log", str(tmp_path / "log")),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    endpoint = json.loads(process.stdout.readline())["endpoint"]
    ecs = boto3.client(
        "ecs",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="local",
    )
    ecs.create_cluster(clusterName="any")
    ecs.register_task_definition(
        family="stubborn",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[
            {"name": "web", "image": tools.make_image(images, STUBBORN), "memory": 128}
        ],
    )
    tasks = ecs.run_task(
        cluster="any",
        taskDefinition="stubborn",
        count=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    )["tasks"]
    addresses = [
        task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for task in tasks
    ]
    tools.eventually(lambda: all(map(is_open, addresses)), "open ports")
    yield process, addresses
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, None])
def test_tasks_end_with_the_local_aws(running, tools, how):
    process, addresses = running
    if how is None:
        process.stdin.close()
    else:
        process.send_signal(how)
    tools.eventually(lambda: process.poll() is not None, "the end of the local AWS")
    tools.eventually(lambda: not any(map(is_open, addresses)), "closed ports")
