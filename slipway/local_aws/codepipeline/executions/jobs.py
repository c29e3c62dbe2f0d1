"""Jobs: what a Lambda function is given by an action, and where it reports how that went.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

import functools
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.local_aws.codepipeline.errors import CodePipelineError
from slipway.local_aws.machine import Machine

Request = Mapping[str, Any]


@dataclass
class Job:
    """One job: it waits for one report."""

    account: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    _report: Report | None = None
    _reported: threading.Event = field(default_factory=threading.Event, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def put(self, report: Report) -> None:
        """Take the first report.

        Raises
        ------
        CodePipelineError
            There is one already.
        """
        with self._lock:
            if self._report is not None:
                raise CodePipelineError(
                    "InvalidJobStateException", f"The job {self.id} has been completed already"
                )
            self._report = report
            self._reported.set()

    def wait(self, seconds: float) -> Report | None:
        """Wait for the report, at most these real seconds."""
        self._reported.wait(seconds)
        return self._report

    def go_on(self) -> None:
        """Forget a report that asked for another call."""
        with self._lock:
            self._report = None
            self._reported.clear()


@dataclass(frozen=True)
class Report:
    """What a function says."""

    failure: str | None = None
    """Why it failed."""
    variables: Mapping[str, str] = field(default_factory=dict)
    continuation_token: str | None = None
    """The job goes on: call again, with this."""
    summary: str = ""
    external_execution_id: str = ""


class Jobs:
    """The jobs of every account that wait for their report.

    `put_job_success_result` and `put_job_failure_result` are operations of CodePipeline's API.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def open(self, account: str) -> Job:
        """Make a job."""
        job = Job(account)
        self._jobs[job.id] = job
        return job

    def put_job_success_result(self, account: str, request: Request) -> None:
        """Take a function's word that it has done the job, or will go on with it.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobSuccessResult.html
        """
        details = request.get("executionDetails") or {}
        report = Report(
            variables=request.get("outputVariables") or {},
            continuation_token=request.get("continuationToken"),
            summary=details.get("summary", ""),
            external_execution_id=details.get("externalExecutionId", ""),
        )
        self._find(account, request).put(report)

    def put_job_failure_result(self, account: str, request: Request) -> None:
        """Take a function's word that it has failed.

        https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutJobFailureResult.html
        """
        details = request.get("failureDetails") or {}
        report = Report(
            failure=details.get("message") or "no reason given",
            external_execution_id=details.get("externalExecutionId", ""),
        )
        self._find(account, request).put(report)

    def _find(self, account: str, request: Request) -> Job:
        job = self._jobs.get(str(request.get("jobId")))
        if job is None or job.account != account:
            raise CodePipelineError(
                "JobNotFoundException", f"There is no job {request.get('jobId')}"
            )
        return job


@functools.cache
def service(machine: Machine) -> Jobs:
    """Return the jobs of a machine."""
    return Jobs()
