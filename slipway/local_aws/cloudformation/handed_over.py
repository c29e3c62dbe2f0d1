"""Templates that a service of AWS hands over to CloudFormation, whatever account is asked.

A template of more than 51,200 bytes has to lie in S3, and MiniStack looks for it in the buckets of
the account that is asked. What CodePipeline hands over lies in none of the application's buckets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slipway.local_aws.machine import Machine

_PLACE = "https://templates.local-aws.internal/"

_templates: dict[str, str] = {}


def install(machine: Machine) -> None:
    """Let a TemplateURL name a template that was handed over."""
    from ministack.services.cloudformation import helpers

    resolve = helpers._resolve_document

    def resolve_handed_over(params: dict[str, Any], body: str, url: str, label: str) -> Any:
        template = _templates.get(helpers._p(params, url)) if url == "TemplateURL" else None
        if template is None:
            return resolve(params, body, url, label)
        if len(template.encode()) > helpers.TEMPLATE_URL_MAX_BYTES:
            limit = helpers.TEMPLATE_URL_MAX_BYTES
            message = f"Template may not exceed {limit} bytes in size."
            return None, helpers._error("ValidationError", message)
        return template, None

    helpers._resolve_document = resolve_handed_over


@contextmanager
def handed_over(template: str) -> Iterator[str]:
    """Return the TemplateURL of a template, for as long as it is asked for."""
    url = f"{_PLACE}{uuid.uuid4()}"
    _templates[url] = template
    try:
        yield url
    finally:
        del _templates[url]
