"""Questions that people ask a service's logs, saved for CloudWatch Logs Insights."""

from collections.abc import Callable, Mapping, Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.logs import function_log_group

# What a service logs as JSON is a field here; a line of text has its words only.
_REQUEST = ["@timestamp", "method", "path", "status", "duration_ms", "revision"]
_DECISION = [
    "@timestamp",
    "deployment_id",
    "lifecycle_event",
    "check",
    "outcome",
    "duration_ms",
    "detail",
]
_NEWEST_FIRST = "@timestamp desc"


def recent_errors(limit: int = 100) -> str:
    """Ask for error lines, answers of class 5xx, and text that speaks of an error."""
    return _query(
        ["@timestamp", "level", "coalesce(message, @message) as what", "path", "status"],
        where='level in ["error", "critical", "fatal"] or status >= 500'
        " or (not ispresent(level) and @message like /(?i)error|exception|traceback/)",
        sort=_NEWEST_FIRST,
        limit=limit,
    )


def _query(fields: Sequence[str], *, where: str, sort: str, limit: int = 100) -> str:
    """Write a query in the language of CloudWatch Logs Insights."""
    return f"fields {', '.join(fields)}\n| filter {where}\n| sort {sort}\n| limit {limit}"


class LogQueries(Construct):
    """Four saved queries of one service: errors, slow requests, one path, hooks' decisions.

    They read the fields that a service logs as JSON: ``level``, ``message``, ``method``,
    ``path``, ``status``, ``duration_ms`` and ``revision``.

    Parameters
    ----------
    scope, id_
        Where the queries live, and their name there.
    name
        Gives a query's full name; slashes in it become folders in the console.
    log_group
        The service's log group.
    hook_functions
        The hook functions' names by lifecycle event.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: Callable[[str], str],
        log_group: str,
        hook_functions: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._save("errors", recent_errors(), [log_group])
        self._save(
            "slow-requests",
            _query(_REQUEST, where="ispresent(duration_ms)", sort="duration_ms desc"),
            [log_group],
        )
        self._save(
            "requests-by-path",
            # The path is there to be edited.
            _query(_REQUEST, where='path = "/"', sort=_NEWEST_FIRST),
            [log_group],
        )
        self._save(
            "hook-decisions",
            _query(_DECISION, where="ispresent(outcome)", sort=_NEWEST_FIRST),
            [function_log_group(name) for name in hook_functions.values()],
        )

    def _save(self, query: str, text: str, log_groups: Sequence[str]) -> None:
        logs.CfnQueryDefinition(
            self,
            query.title().replace("-", ""),
            name=self._name(query),
            query_string=text,
            log_group_names=log_groups,
        )
