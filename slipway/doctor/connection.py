"""The connection to the repository: a person completes it once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient
from slipway.settings import PipelineNames

_PAGE = "https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html"
_CHECK = "connection"


def connection(patient: Patient) -> Iterator[Finding]:
    """Look whether the pipeline can read its repository."""
    pipeline = patient.settings.application.pipeline
    if pipeline is None:
        yield ok(_CHECK, "none is needed: slipway.yaml has no pipeline")
        return
    client = patient.client("codeconnections")
    arn = pipeline.host.connection or _made_by_toolchain(client, patient)
    if arn is None:
        yield mend(
            _CHECK, "not there: the Toolchain makes it", "scripts/cdk deploy Toolchain", _PAGE
        )
        return
    try:
        found = client.get_connection(ConnectionArn=arn)["Connection"]
    except client.exceptions.ResourceNotFoundException:
        yield mend(_CHECK, f"{arn} is not there", "name another one in slipway.yaml", _PAGE)
        return
    if found["ConnectionStatus"] == "AVAILABLE":
        yield ok(_CHECK, f"{found['ConnectionName']} is available", _PAGE)
        return
    yield mend(
        _CHECK,
        f"{found['ConnectionName']} is {found['ConnectionStatus']}",
        "choose it and Update pending connection at https://"
        f"{patient.region}.console.aws.amazon.com/codesuite/settings/connections"
        f"?region={patient.region}",
        _PAGE,
    )


def _made_by_toolchain(client: Any, patient: Patient) -> str | None:
    """Find the connection that the Toolchain stack has made, by its name."""
    name = PipelineNames(patient.settings.application.application).pipeline
    more: dict[str, str] = {}
    while True:
        page = client.list_connections(**more)
        for each in page.get("Connections", ()):
            if each["ConnectionName"] == name:
                return str(each["ConnectionArn"])
        if not page.get("NextToken"):
            return None
        more = {"NextToken": page["NextToken"]}
