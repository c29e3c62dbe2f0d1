"""How CodeBuild says no: by an error of its API, or by the phase in which a build ends."""

from __future__ import annotations

from slipway.local_aws.json_api import ApiError


class CodeBuildError(ApiError):
    """A request that CodeBuild refuses, with the error code of its API."""


class PhaseFailedError(Exception):
    """A phase of a build has failed.

    Parameters
    ----------
    code, message
        What the phase's context answers.
        https://docs.aws.amazon.com/codebuild/latest/APIReference/API_PhaseContext.html
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BuildInterruptedError(Exception):
    """A build ends before its commands do.

    Parameters
    ----------
    status
        ``STOPPED`` or ``TIMED_OUT``.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
