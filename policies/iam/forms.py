"""Forms of ARNs, as the lists have them: what a form means for one owner.

A form has ``{region}``, ``{account}``, ``{application}``, ``{environment}``, ``{service}`` and
``{any}``, which is text without a wildcard; its ``*`` is a ``*`` of the policy.
"""

import re

from policies.iam.things import Owner

_OF_THE_OWNER = ("region", "account", "application", "environment", "service")


def bounded(form: str, owner: Owner) -> re.Pattern[str]:
    """Return what matches a form for one owner, whose policy it is."""
    values = {name: re.escape(getattr(owner, name)) for name in _OF_THE_OWNER}
    values |= {"any": r"[^*?]+"}
    parts = re.split(r"\{(\w+)\}", form)
    return re.compile(
        "".join(values[part] if index % 2 else re.escape(part) for index, part in enumerate(parts))
    )


def glob(form: str, owner: Owner) -> str:
    """Return a form for one owner as a pattern of policies."""
    return form.format(**{name: getattr(owner, name) for name in _OF_THE_OWNER}, any="*")
