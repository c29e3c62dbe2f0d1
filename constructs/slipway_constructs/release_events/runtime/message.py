"""The one message that a function is called with: an event of EventBridge, by way of a queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message of SQS, and the event in it."""

    id: str
    event: dict[str, Any]

    @classmethod
    def of(cls, batch: Mapping[str, Any]) -> "Message":
        """Read the batch that Lambda gives: the event source mapping lets it have one message.

        https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
        """
        (record,) = batch["Records"]
        return cls(id=record["messageId"], event=json.loads(record["body"]))

    def again_later(self) -> dict[str, Any]:
        """Answer that it goes back to the queue, which is no error.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        return {"batchItemFailures": [{"itemIdentifier": self.id}]}

    def log(self, **what: object) -> None:
        """Write a line of JSON to the function's log."""
        print(json.dumps({"event": self.event.get("detail-type"), **what}), flush=True)
