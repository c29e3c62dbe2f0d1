"""Outputs that other stacks import: CloudFormation lets nobody change or remove them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slipway.changes.change import Change, Effect, Template
from slipway.changes.values import differences, imports, references


def broken_exports(
    before: Template, after: Template, *, gone: set[str], others: Iterable[Template]
) -> Iterator[Change]:
    """Find the outputs that can't change as they should, because a deployed stack imports them.

    Parameters
    ----------
    before, after
        The templates of the stack.
    gone
        The logical ids of what is removed or replaced, or may be.
    others
        The deployed templates of other stacks.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html
    """
    used = {name for template in others for name in imports(template)}
    outputs = after.get("Outputs", {})
    for id_, output in before.get("Outputs", {}).items():
        if output.get("Export", {}).get("Name") not in used:
            continue
        now = outputs.get(id_)
        if now is None or list(differences(output, now)):
            what = "another stack imports it: change that one first"
        elif any(other in gone for other, _ in references(now["Value"])):
            what = "another stack imports it, and what it names would be another"
        else:
            continue
        yield Change(logical_id=id_, type="Output", path=id_, effect=Effect.REFUSE, notes=(what,))
