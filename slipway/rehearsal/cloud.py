"""The local AWS of one rehearsal: a process that ends with ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal.connection import Account, refuse_anything_but_loopback
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.reach import Reach

# Enough time for the longest waits to be seen, not sat through: five minutes take three seconds.
TIME_SCALE = 0.01


class LocalCloud(Reach):
    """An AWS on this machine for as long as the ``with`` block lasts.

    Its process ends with ours, whatever ends ours: it reads a pipe that the kernel then closes.

    Parameters
    ----------
    account
        The account and region to talk to.
    directory
        Where logs and the CDK's own state go.
    project
        The checkout: its CDK command line is the one that is run.
    images
        The folder of images that its tasks run.
    time_scale
        Real seconds per AWS second.
    patience
        The share that is kept of the least real times in which code gets to answer.
    repositories
        The git repositories that connections lead to, by their names: ``example/shop``.
    build_tools
        The folder whose programs CodeBuild's builds find first.
    variables
        Environment variables for it, such as those that lead builds to packages.
    """

    def __init__(
        self,
        account: Account,
        directory: Path,
        *,
        project: Path,
        images: Path,
        time_scale: float = TIME_SCALE,
        patience: float = 1.0,
        repositories: Mapping[str, Path] | None = None,
        build_tools: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(account, directory, project=project)
        self.log = directory / "local-aws.log"
        self._images = images
        self._time_scale = time_scale
        self._patience = patience
        self._repositories = repositories or {}
        self._build_tools = build_tools
        self._variables = variables or {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._images.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "slipway.local_aws", "--images", str(self._images)),
                *("--time-scale", str(self._time_scale), "--patience", str(self._patience)),
                *("--log", str(self.log)),
                *(f"--repository={name}={path}" for name, path in self._repositories.items()),
                *((f"--build-tools={self._build_tools}",) if self._build_tools else ()),
            ],
            env={
                **os.environ,
                **self._variables,
                # What AWS Lambda's Node runtime brings along: node, and the AWS SDK.
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
                "NODE_PATH": str(self._project / "node_modules"),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A terminal's Ctrl-C reaches us; we decide when the cloud ends.
            start_new_session=True,
        )
        try:
            ready = self._wait_until_ready(self._process)
        except BaseException:  # A signal may stop the waiting, too.
            self._stop()
            raise
        self.endpoint = ready["endpoint"]
        self.certificate_authority = Path(ready["certificate_authority"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> dict[str, str]:
        assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        line = process.stdout.readline()
        if not line:
            raise RehearsalError(f"The local AWS did not start: see {self.log}")
        ready: dict[str, str] = json.loads(line)
        refuse_anything_but_loopback(ready["endpoint"])
        return ready

    def _stop(self) -> None:
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def pid(self) -> int | None:
        """Its process, or None while there is none."""
        return None if self._process is None else self._process.pid

    @property
    def has_died(self) -> bool:
        """Whether the process ended although nobody stopped it."""
        return self._process is not None and self._process.poll() is not None

    def sleep(self, seconds: float) -> None:
        """Wait, for as long as there is somebody to wait for.

        Raises
        ------
        RehearsalError
            The process has ended.
        """
        self.require_alive()
        time.sleep(seconds)

    def require_alive(self) -> None:
        """Make sure that there is somebody to talk to.

        Raises
        ------
        RehearsalError
            The process has ended.
        """
        if self.has_died:
            raise RehearsalError(f"The local AWS ended by itself: its last words are in {self.log}")
