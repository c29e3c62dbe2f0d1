"""What one task writes, as it writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.release import Aws
from slipway.release.errors import aws_errors, code


@dataclass(frozen=True, kw_only=True)
class Log:
    """The log stream of one container of one task."""

    group: str
    stream: str

    @classmethod
    def of(cls, container: Mapping[str, Any], task_arn: str) -> Log | None:
        """Find it by the container's definition; None where it logs elsewhere.

        See https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
        """
        configuration = container.get("logConfiguration") or {}
        options = configuration.get("options") or {}
        prefix = options.get("awslogs-stream-prefix")
        if configuration.get("logDriver") != "awslogs" or not prefix:
            return None
        task = task_arn.rsplit("/", 1)[-1]
        return cls(group=options["awslogs-group"], stream=f"{prefix}/{container['name']}/{task}")


class Reader:
    """Reads a log stream from its beginning, a bit more at each look."""

    def __init__(self, aws: Aws, log: Log | None) -> None:
        self._aws = aws
        self._log = log
        self._more: dict[str, str] = {}

    def look(self) -> Iterator[str]:
        """Yield the lines that are new; none while there is no such stream.

        Raises
        ------
        AwsError
            AWS refuses or can't be reached.

        See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
        """
        while self._log is not None:
            page = self._page(self._log)
            if page is None:
                return
            yield from (str(event["message"]) for event in page["events"])
            following = {"nextToken": str(page["nextForwardToken"])}
            # At the end of a stream the token is the one that was asked with.
            if following == self._more:
                return
            self._more = following

    def _page(self, log: Log) -> dict[str, Any] | None:
        with aws_errors(f"read the log stream {log.stream}"):
            try:
                return dict(
                    self._aws.logs.get_log_events(
                        logGroupName=log.group,
                        logStreamName=log.stream,
                        startFromHead=True,
                        **self._more,
                    )
                )
            except self._aws.logs.exceptions.ClientError as error:
                if code(error) != "ResourceNotFoundException":
                    raise
                return None
