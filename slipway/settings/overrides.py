"""What a service's file says to one environment: its part for it, laid over the general one."""

from collections.abc import Iterable

from slipway.settings.errors import SettingsError, first_of, suggestion
from slipway.settings.service import ALTERNATIVES, OVERRIDES
from slipway.settings.source import Location, Node, Source


def for_environment(source: Source, environment: str) -> Source:
    """Lay an environment's overrides over a service's settings, before they are validated.

    Mappings merge; scalars and lists replace. Where only one of several keys can stand (canary or
    all_at_once, Fargate or EC2), an override that names another one takes its place. Every value
    keeps the line and the path at which it was written.
    """
    general = Node(
        {key: node for key, node in source.root.mapping.items() if key != OVERRIDES},
        source.root.line,
    )
    override = source.root.nearest((OVERRIDES, environment))
    if override.rest:
        return Source(source.file, general)
    return Source(source.file, _merged(general, override.node, ()))


def check_overrides(source: Source, environments: Iterable[str]) -> None:
    """Refuse overrides for environments that don't exist.

    Raises
    ------
    SettingsError
        With one line for each of them.
    """
    overrides = source.root.child(OVERRIDES)
    if overrides is None:
        return
    if not isinstance(overrides.value, dict):
        raise SettingsError(
            [
                f"{source.file}:{overrides.line}: {OVERRIDES} must be a mapping of environments "
                f"to what differs there ({{}} where nothing does)"
            ]
        )
    known = list(environments)
    unknown = [(name, node) for name, node in overrides.value.items() if name not in known]

    def told(mistake: tuple[str, Node]) -> str:
        name, node = mistake
        place = f"{source.file}:{node.line}: {node.dotted}"
        return f"{place} is for no environment; {suggestion(name, known)}"

    if unknown:
        raise SettingsError(first_of(source.file, unknown, told))


def _merged(base: Node, override: Node, path: Location) -> Node:
    if not (isinstance(base.value, dict) and isinstance(override.value, dict)):
        return override
    dropped = _displaced(override.value, path)
    merged = {key: node for key, node in base.value.items() if key not in dropped}
    for key, node in override.value.items():
        merged[key] = _merged(merged[key], node, (*path, key)) if key in merged else node
    return Node(merged, base.line, base.path)


def _displaced(override: dict[str, Node], path: Location) -> set[str]:
    """Return the keys that can't stand beside those of an override."""
    alternatives = ALTERNATIVES.get(path, ())
    chosen = [group for group in alternatives if group & override.keys()]
    if not chosen:
        return set()
    return set().union(*alternatives) - set().union(*chosen)
