"""Questions that people ask a service's logs, saved for CloudWatch Logs Insights."""

from collections.abc import Callable, Mapping

from aws_cdk import aws_logs as logs
from constructs import Construct

# What a service logs as JSON is a field here; a line of text has its words only.
_REQUEST = ["@timestamp", "method", "path", "status", "duration_ms", "revision"]
_NEWEST_FIRST = "@timestamp desc"


def recent_errors(limit: int = 100) -> logs.QueryString:
    """Ask for error lines, answers of class 5xx, and text that speaks of an error."""
    return logs.QueryString(
        fields=["@timestamp", "level", "coalesce(message, @message) as what", "path", "status"],
        filter_statements=[
            'level in ["error", "critical", "fatal"] or status >= 500'
            " or (not ispresent(level) and @message like /(?i)error|exception|traceback/)"
        ],
        sort=_NEWEST_FIRST,
        limit=limit,
    )


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
        service = {"Service": log_group}
        hooks = {event: f"/aws/lambda/{function}" for event, function in hook_functions.items()}
        self._save("errors", recent_errors(), service)
        self._save(
            "slow-requests",
            logs.QueryString(
                fields=_REQUEST,
                filter_statements=["ispresent(duration_ms)"],
                sort="duration_ms desc",
                limit=100,
            ),
            service,
        )
        self._save(
            "requests-by-path",
            logs.QueryString(
                fields=_REQUEST,
                # The path is there to be edited.
                filter_statements=['path = "/"'],
                sort=_NEWEST_FIRST,
                limit=100,
            ),
            service,
        )
        self._save(
            "hook-decisions",
            logs.QueryString(
                fields=[
                    "@timestamp",
                    "deployment_id",
                    "lifecycle_event",
                    "check",
                    "outcome",
                    "duration_ms",
                    "detail",
                ],
                filter_statements=["ispresent(outcome)"],
                sort=_NEWEST_FIRST,
                limit=100,
            ),
            hooks,
        )

    def _save(self, query: str, text: logs.QueryString, log_groups: Mapping[str, str]) -> None:
        scope = Construct(self, query.title().replace("-", ""))
        logs.QueryDefinition(
            scope,
            "Query",
            query_definition_name=self._name(query),
            query_string=text,
            log_groups=[
                logs.LogGroup.from_log_group_name(scope, id_, name)
                for id_, name in log_groups.items()
            ],
        )
