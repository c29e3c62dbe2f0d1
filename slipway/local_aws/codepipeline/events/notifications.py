"""Notification rules: what a pipeline's events say to topics.

https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html#events-ref-pipeline
"""

from __future__ import annotations

import functools
import json
import logging
import queue
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from slipway.local_aws.machine import Machine

logger = logging.getLogger("slipway.local_aws.codepipeline")

_PREFIX = "codepipeline-pipeline-"
_STATES = {
    "pipeline-execution": ("failed", "canceled", "started", "resumed", "succeeded", "superseded"),
    "stage-execution": ("started", "succeeded", "resumed", "canceled", "failed"),
    "action-execution": ("succeeded", "failed", "canceled", "started"),
    "manual-approval": ("failed", "needed", "succeeded"),
}
EVENTS = frozenset(f"{kind}-{state}" for kind, states in _STATES.items() for state in states)
"""What a pipeline has to say, as rules name it but for the prefix ``codepipeline-pipeline-``."""

# A notification carries the event that EventBridge gets. That an approval's is its action's is
# undocumented: our reading.
_DETAIL_TYPES = {
    "pipeline-execution": "CodePipeline Pipeline Execution State Change",
    "stage-execution": "CodePipeline Stage Execution State Change",
    "action-execution": "CodePipeline Action Execution State Change",
    "manual-approval": "CodePipeline Action Execution State Change",
}


@dataclass(frozen=True)
class Rule:
    """A notification rule for one pipeline."""

    arn: str
    resource: str
    """The pipeline's ARN."""
    events: frozenset[str]
    topics: tuple[str, ...]
    is_full: bool = True
    """Whether it sends the additional attributes, too: why it failed, what to approve."""
    is_enabled: bool = True

    @classmethod
    def parse(cls, arn: str, properties: Mapping[str, Any]) -> Rule:
        """Read the properties of an ``AWS::CodeStarNotifications::NotificationRule``.

        Raises
        ------
        ValueError
            It names what this machine doesn't carry out.
        """
        ids: Sequence[str] = properties.get("EventTypeIds") or []
        if unknown := [id_ for id_ in ids if id_.removeprefix(_PREFIX) not in EVENTS]:
            raise ValueError(f"{', '.join(unknown)}: no event of a pipeline")
        targets = properties.get("Targets") or []
        if others := {item["TargetType"] for item in targets} - {"SNS"}:
            raise ValueError(f"Targets of type {', '.join(others)} are not carried out here")
        return cls(
            arn,
            properties["Resource"],
            frozenset(id_.removeprefix(_PREFIX) for id_ in ids),
            tuple(item["TargetAddress"] for item in targets),
            properties.get("DetailType", "FULL") == "FULL",
            properties.get("Status", "ENABLED") == "ENABLED",
        )


@dataclass(frozen=True)
class Happening:
    """Something that happened in a pipeline.

    Parameters
    ----------
    event
        One of `EVENTS`.
    detail
        What the event tells of it, beyond the pipeline's name: ``execution-id``, ``state``,
        ``version``, and ``stage``, ``action`` and ``type`` where it is about them.
        https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
    additional
        What only full notifications tell: ``failedStage``, ``failedActions``, ``customData`` …
    """

    account: str
    region: str
    pipeline: str
    event: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    additional: Mapping[str, Any] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """The pipeline's ARN."""
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{self.pipeline}"

    def message(self, rule: Rule, when: datetime) -> dict[str, Any]:
        """Return what a rule's targets get."""
        message = {
            "account": self.account,
            "detailType": _DETAIL_TYPES[self.event.rpartition("-")[0]],
            "region": self.region,
            "source": "aws.codepipeline",
            "time": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "notificationRuleArn": rule.arn,
            "detail": {"pipeline": self.pipeline, **self.detail},
            "resources": [self.resource],
        }
        additional = {"additionalAttributes": dict(self.additional)} if rule.is_full else {}
        return {**message, **additional}


class Notifications:
    """The rules of every account and region, and the thread that publishes."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._rules: dict[str, Rule] = {}
        self._outbox: queue.Queue[tuple[Rule, Happening]] = queue.Queue()
        self._lock = threading.Lock()
        self._publisher: threading.Thread | None = None

    def create(self, account: str, region: str, properties: Mapping[str, Any]) -> str:
        """Keep a rule; return its ARN."""
        service = f"arn:aws:codestar-notifications:{region}:{account}"
        return self.update(f"{service}:notificationrule/{uuid.uuid4().hex}", properties)

    def update(self, arn: str, properties: Mapping[str, Any]) -> str:
        """Let a rule be what the properties say now."""
        self._rules[arn] = Rule.parse(arn, properties)
        return arn

    def delete(self, arn: str) -> None:
        """Forget a rule."""
        self._rules.pop(arn, None)

    def notify(self, happening: Happening) -> None:
        """Publish to the topics of every rule that asks for this; return at once.

        Messages go out in the order of the calls, by a thread of their own: any thread may call,
        MiniStack's event loop too.
        """
        for rule in list(self._rules.values()):
            asks = happening.event in rule.events and rule.resource == happening.resource
            if asks and rule.is_enabled:
                self._start()
                self._outbox.put((rule, happening))

    def _start(self) -> None:
        with self._lock:
            if self._publisher is None:
                self._publisher = threading.Thread(
                    target=self._publish, name="notifications", daemon=True
                )
                self._publisher.start()

    def _publish(self) -> None:
        while True:
            rule, happening = self._outbox.get()
            sns = self._machine.client("sns", account=happening.account, region=happening.region)
            message = json.dumps(happening.message(rule, datetime.now(UTC)))
            for topic in rule.topics:
                try:
                    sns.publish(TopicArn=topic, Message=message)
                except Exception:
                    logger.exception("notification %s to %s", happening.event, topic)


@functools.cache
def service(machine: Machine) -> Notifications:
    """Return the notification rules of a machine."""
    return Notifications(machine)
