"""Rules about resources: a wildcard only where it is listed, and for the reason that is given."""

from collections.abc import Iterable, Iterator, Mapping

from policies.iam import listed
from policies.iam.forms import bounded
from policies.iam.patterns import has_wildcard
from policies.iam.reason import Reason
from policies.iam.reference import find_action
from policies.iam.statements import Statement


def findings(statements: Iterable[Statement]) -> Iterator[str]:
    """Yield each wildcard in the resources of an identity's policy that is not listed."""
    for statement, action, resource in _wildcards(statements):
        if entry(statement, action, resource) is None:
            yield (
                f"{statement.place}: {action} on {resource} is not listed; name the resource, or "
                "list it with AWS's reason in policies/iam/listed.py"
            )


def entry(statement: Statement, action: str, resource: str) -> str | None:
    """Return what lists a wildcard: the action, or the form of the resource."""
    if resource == "*":
        in_list = action in listed.WITHOUT_A_RESOURCE or action in listed.WIDER_THAN_AWS_NEEDS
        return action if in_list else None
    for form in listed.PARTS:
        if bounded(form, statement.owner).fullmatch(resource) and (
            form not in listed.ONLY_WITH or statement.condition(listed.ONLY_WITH[form])
        ):
            return form
    return None


def reason(entry: str) -> Reason:
    """Return the reason of what :func:`entry` returned."""
    if entry in listed.WITHOUT_A_RESOURCE:
        action = find_action(entry)
        return Reason(
            f"AWS offers nothing narrower: {listed.WITHOUT_A_RESOURCE[entry]}.",
            action.page if action else "",
        )
    return {**listed.WIDER_THAN_AWS_NEEDS, **listed.PARTS}[entry]


def mistaken(without_a_resource: Mapping[str, str] = listed.WITHOUT_A_RESOURCE) -> Iterator[str]:
    """Yield each entry of a list of actions without a resource that AWS contradicts."""
    for name in without_a_resource:
        action = find_action(name)
        if action is None:
            yield f"{name}: AWS has no such action"
        elif action.resources:
            yield f"{name}: AWS can narrow it to {', '.join(action.resources)} ({action.page})"
    for name in listed.WIDER_THAN_AWS_NEEDS:
        action = find_action(name)
        if action is None or not action.resources:
            yield f"{name}: AWS can't narrow it; list it as an action without a resource"


def unused(statements: Iterable[Statement]) -> set[str]:
    """Return the entries that no statement needs."""
    used = {entry(*found) for found in _wildcards(statements)}
    return {
        *listed.WITHOUT_A_RESOURCE,
        *listed.WIDER_THAN_AWS_NEEDS,
        *listed.PARTS,
    } - used


def _wildcards(statements: Iterable[Statement]) -> Iterator[tuple[Statement, str, str]]:
    for statement in statements:
        if statement.kind != "identity" or not statement.allows:
            continue
        for resource in statement.resources:
            if has_wildcard(resource):
                for action in statement.actions:
                    yield statement, action, resource
