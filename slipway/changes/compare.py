"""Two templates of a stack in, what CloudFormation will do out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from slipway.changes.change import Change, Effect, Template
from slipway.changes.exports import broken_exports
from slipway.changes.rules import (
    ATTRIBUTES,
    attribute_meaning,
    meaning,
    name_of,
)
from slipway.changes.values import Difference, differences, references

Resources = Mapping[str, Mapping[str, Any]]

_MOVES = {Effect.REPLACE: True, Effect.MAY_REPLACE: False}
"""Whether what refers to a resource gets another value: certainly, or maybe."""


def changes_of_stacks(
    before: Mapping[str, Template], after: Mapping[str, Template]
) -> dict[str, tuple[Change, ...]]:
    """Compare the stacks of an account and region, by name.

    Parameters
    ----------
    before
        What is deployed; a stack that is not there yet is left out.
    after
        What will be.

    Returns
    -------
    dict
        The changes of each stack of `after`, the worst first.
    """
    found = {}
    for name, template in after.items():
        others = [each for other, each in before.items() if other != name]
        found[name] = changes(before.get(name, {}), template, others=others)
    return found


def changes(before: Template, after: Template, *, others: Any = ()) -> tuple[Change, ...]:
    """Compare two templates of a stack.

    Parameters
    ----------
    before, after
        What is deployed, and what will be; an empty template for a stack that isn't there.
    others
        The deployed templates of other stacks: an export that they import can't change.

    Returns
    -------
    tuple
        A change for each resource that is added, removed, or comes to differ, be it because
        something that it refers to is replaced. The worst come first.
    """
    old, new = _resources(before), _resources(after)
    found = [
        *(_removed(id_, old[id_]) for id_ in old if id_ not in new),
        *(_added(id_, new, old) for id_ in new if id_ not in old),
        *_changed(old, new),
    ]
    gone = {each.logical_id for each in found if each.effect in {*_MOVES, Effect.REMOVE}}
    found += broken_exports(before, after, gone=gone, others=others)
    return tuple(sorted(found, key=lambda each: (each.effect.rank, each.path, each.logical_id)))


def _resources(template: Template) -> Resources:
    """Return what a template makes; the CDK's note of its own version is nothing that exists."""
    resources: Resources = template.get("Resources", {})
    return {id_: each for id_, each in resources.items() if each["Type"] != "AWS::CDK::Metadata"}


def _removed(id_: str, resource: Mapping[str, Any]) -> Change:
    kept = resource.get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"}
    notes = ("left behind, in no stack",) if kept else ()
    return _change(id_, resource, Effect.REMOVE, notes=notes)


def _added(id_: str, new: Resources, old: Resources) -> Change:
    name = name_of(new[id_])
    for other, resource in old.items():
        same = resource["Type"] == new[id_]["Type"] and name_of(resource) == name
        if name and same and other not in new:
            note = f"its name, {_told(name)}, is taken until {_path(other, resource)} is deleted"
            return _change(id_, new[id_], Effect.REFUSE, notes=(note,), is_new=True)
    return _change(id_, new[id_], Effect.ADD, is_new=True)


def _changed(old: Resources, new: Resources) -> Iterator[Change]:
    """Compare what stays, until no replacement brings about another."""
    stay = [id_ for id_ in new if id_ in old]
    moved: dict[str, bool] = {}
    while True:
        found = {}
        for id_ in stay:
            change = _compared(id_, old, new, moved)
            if change:
                found[id_] = change
        moving = {id_: _MOVES[each.effect] for id_, each in found.items() if each.effect in _MOVES}
        if moving == moved:
            yield from found.values()
            return
        moved = moving


def _compared(
    id_: str, before: Resources, after: Resources, moved: Mapping[str, bool]
) -> Change | None:
    old, new = before[id_], after[id_]
    if old["Type"] != new["Type"]:
        # "Update of resource type is not permitted", on no page: aws/aws-sam-cli#6786.
        note = f"no resource can become another type, {new['Type']}"
        return _change(id_, old, Effect.REFUSE, ("Type",), (note,))
    properties = new.get("Properties", {})
    own = list(differences(old.get("Properties", {}), properties))
    dragged = [
        (Difference(path, certain=moved[other]), other)
        for other, path in references(properties)
        if other in moved and path not in {each.path for each in own}
    ]
    met = {each: meaning(old, each) for each in (*own, *(each for each, _ in dragged))}
    for attribute in ATTRIBUTES:
        if old.get(attribute) != new.get(attribute):
            own.append(Difference((attribute,)))
            met[own[-1]] = attribute_meaning(old)
    if not met:
        return None
    effect = min((each.effect for each in met.values()), key=lambda each: each.rank)
    notes = [each.note for each in met.values() if each.note and each.effect is effect]
    notes += [
        f"{_path(other, before[other])} {'is' if each.certain else 'may be'} replaced"
        for each, other in dragged
    ]
    if effect in _MOVES:
        if new.get("UpdateReplacePolicy") == "Retain":
            notes.append("the old one is left behind, in no stack")
        name = _kept_name(old, new, [each for each, _ in dragged])
        if name:
            notes.append(f"no second one can have its name, {_told(name)}")
            effect = Effect.REFUSE if effect is Effect.REPLACE else effect
    return replace(
        _change(id_, new, effect, tuple(dict.fromkeys(map(str, met))), tuple(dict.fromkeys(notes))),
        follows=() if own else tuple(dict.fromkeys(other for _, other in dragged)),
    )


def _kept_name(
    old: Mapping[str, Any], new: Mapping[str, Any], dragged: list[Difference]
) -> Mapping[str, Any]:
    """Return the name that a replacement would share with what it replaces; empty for none.

    "CloudFormation cannot update a stack when a custom-named resource requires replacing." See
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    name = name_of(new)
    follows = any(each.path[:1] == (key,) for each in dragged for key in name)
    return name if name == name_of(old) and not follows else {}


def _told(name: Mapping[str, Any]) -> str:
    return " ".join(str(each) for each in name.values() if isinstance(each, str | int)) or "unsaid"


def _change(
    id_: str,
    resource: Mapping[str, Any],
    effect: Effect,
    properties: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
    *,
    is_new: bool = False,
) -> Change:
    return Change(
        logical_id=id_,
        type=resource["Type"],
        path=_path(id_, resource),
        effect=effect,
        properties=properties,
        notes=notes,
        is_new=is_new,
    )


def _path(id_: str, resource: Mapping[str, Any]) -> str:
    path: str = resource.get("Metadata", {}).get("aws:cdk:path", id_)
    return path.removesuffix("/Resource")
