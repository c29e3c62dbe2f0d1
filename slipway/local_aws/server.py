"""The process of the local AWS: starts MiniStack with our extensions, ends with its parent."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import re
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from slipway.local_aws import gateway
from slipway.local_aws.addresses import AddressBlock, NoAddressesError
from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine
from slipway.local_aws.scratch import scratch_folder
from slipway.local_aws.trust import certificate_authority

logger = logging.getLogger("slipway.local_aws")

EXTENSIONS = (
    "cloudformation.custom_resources",
    "cloudformation.ec2",
    "cloudformation.ecr",
    "cloudformation.ecs",
    "cloudformation.wafv2",
    "cloudformation.unchanged",
    "cloudformation.failed_deletion",
    "cloudformation.lost_properties",
    "names",
    "functions",
    "s3",
    "keys",
    "queues",
    "load_balancer",
    "alarms",
    "ecr",
    "ecr_registry",
    "ecr_layers",
    "ecr_signing",
    "ecr_accounts",
    "capacity",
    "ecs",
    "tasks",
    "codedeploy",
    "codebuild",
    "codepipeline",
    "application_autoscaling",
    "cloudformation.auto_scaling",
    "cloudformation.ecs_service",
    "cloudformation.codedeploy",
    "cloudformation.codepipeline",
    "cloudformation.application_autoscaling",
    "cloudformation.cloudwatch",
    "query_definitions",
    "log_metrics",
    "cloudformation.logs",
    "cloudformation.budgets",
    "connections",
    "cloudformation.connections",
    "cloudformation.handed_over",
    "cloudformation.service_role",
    "sts",
)

_SHUTDOWN_SECONDS = 2.0
# The rest of the end takes no time, but what a busy machine needs for anything.
_TO_EXIT_SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until standard input ends, or SIGTERM or SIGINT arrives; return the exit code."""
    options = _parse(arguments)
    try:
        addresses = AddressBlock.claim()
        clock = Clock(options.time_scale, options.patience)
    except (NoAddressesError, ValueError) as error:
        print(f"local AWS: {error}", file=sys.stderr)
        return 1
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it
    port = listening.getsockname()[1]
    ready_line = _keep_standard_output_for_the_ready_line(options.log)
    scratch = scratch_folder()
    gateway.configure(port, scratch)
    machine = Machine(
        endpoint=f"http://127.0.0.1:{port}",
        images=options.images.resolve(),
        clock=clock,
        addresses=addresses,
        build_tools=options.build_tools.resolve() if options.build_tools else None,
        repositories=dict(options.repository),
    )
    for name in EXTENSIONS:
        importlib.import_module(f"slipway.local_aws.{name}").install(machine)
    exit_code = 1
    try:
        # Not asyncio.run: at its end it would wait for Lambda functions that are running.
        asyncio.new_event_loop().run_until_complete(_serve(machine, listening, ready_line))
        exit_code = 0
    except Exception:
        logger.exception("the local AWS failed")
    shutil.rmtree(scratch, ignore_errors=True)
    logging.shutdown()
    # MiniStack's threads don't end by themselves, and nothing they hold is worth waiting for.
    os._exit(exit_code)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m slipway.local_aws",
        description="An AWS on this machine. It ends when its standard input does.",
    )
    parser.add_argument(
        "--images", type=Path, required=True, help="folder of images, one directory per digest"
    )
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        help="real seconds per AWS second: 0.01 makes five minutes three seconds (default 1.0)",
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=1.0,
        help="share of the least real times for what is waited for: hooks, tasks that start, "
        "approval, scaling (default 1.0)",
    )
    parser.add_argument(
        "--build-tools",
        type=Path,
        metavar="DIRECTORY",
        help="folder of programs that builds find first on their PATH",
    )
    parser.add_argument(
        "--repository",
        type=_repository,
        action="append",
        default=[],
        metavar="OWNER/NAME=DIRECTORY",
        help="a git directory that connections lead to; may be given several times",
    )
    parser.add_argument("--log", type=Path, help="log file (default: standard error)")
    return parser.parse_args(arguments)


def _repository(text: str) -> tuple[str, Path]:
    name, _, directory = text.partition("=")
    if not re.fullmatch(r"[^/=]+/[^/=]+", name) or not directory:
        raise argparse.ArgumentTypeError(f"{text!r} is not OWNER/NAME=DIRECTORY")
    if not Path(directory).is_dir():
        raise argparse.ArgumentTypeError(f"{directory} is no directory: name a git directory")
    return name, Path(directory).resolve()


def _keep_standard_output_for_the_ready_line(log: Path | None) -> int:
    """Send what MiniStack and its children print to the log; return the real standard output."""
    standard_output = os.dup(1)
    if log is None:
        os.dup2(2, 1)
        return standard_output
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    return standard_output


async def _serve(machine: Machine, listening: socket.socket, ready_line: int) -> None:
    """Answer until this process is asked to stop, and stop everything then."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop.set)
    threading.Thread(
        target=_wait_for_end_of_lifeline, args=(loop, stop), name="lifeline", daemon=True
    ).start()
    # Referred to, or the loop would forget it: it holds its tasks weakly.
    _server = await gateway.answer(listening, stop)
    ready = {
        "endpoint": machine.endpoint,
        "addresses": str(machine.addresses),
        "certificate_authority": str(certificate_authority(machine).certificate),
    }
    os.write(ready_line, (json.dumps(ready) + "\n").encode())
    os.close(ready_line)
    await stop.wait()
    logger.info("stopping")
    threading.Thread(target=_exit_at_deadline, name="shutdown deadline", daemon=True).start()
    # The gateway answers meanwhile: what stops may still write its last log lines.
    await asyncio.to_thread(_stop_everything, machine)


def _wait_for_end_of_lifeline(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Notice that the parent is gone: the kernel closes its end of the pipe, whatever killed it."""
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def _exit_at_deadline() -> None:
    time.sleep(_SHUTDOWN_SECONDS + _TO_EXIT_SECONDS)
    os._exit(1)


def _stop_everything(machine: Machine) -> None:
    """Call every shutdown hook at the same time, and wait for them for a limited time."""
    threads = [
        threading.Thread(target=hook, name="shutdown", daemon=True)
        for hook in machine.shutdown_hooks
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + _SHUTDOWN_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
