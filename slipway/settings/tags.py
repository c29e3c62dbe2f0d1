"""What AWS accepts as tags.

https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from slipway.settings.errors import RuleError

LONGEST_KEY = 128
LONGEST_VALUE = 256

# AWS allows 50 on a resource. Slipway sets application, owner, cost-centre, environment and
# service, and the CDK the Name of what is in a network.
MOST_TAGS = 50 - 6

_OURS = "slipway:"
_CHARACTERS = "letters, digits, spaces and _ . : / = + - @"
# \w are letters and digits of every language, and the underscore.
_ALLOWED = re.compile(r"[\w .:/=+@-]*")


def check_tags(tags: Mapping[str, str]) -> None:
    """Check further tags, which stand beside Slipway's own.

    Raises
    ------
    RuleError
        If AWS would refuse one, or if it would take the place of one of Slipway's.
    """
    if len(tags) > MOST_TAGS:
        raise RuleError(
            f"must be at most {MOST_TAGS}, not {len(tags)}: AWS allows 50 on a resource, and the "
            "others are Slipway's own"
        )
    taken: dict[str, str] = {}
    for key, value in tags.items():
        if not key or len(key) > LONGEST_KEY or not _ALLOWED.fullmatch(key):
            raise RuleError(
                f"must be a key of at most {LONGEST_KEY} {_CHARACTERS}: AWS accepts no other",
                at=(key,),
            )
        if key.lower().startswith("aws:"):
            raise RuleError("must not begin with aws:, which AWS keeps for itself", at=(key,))
        if key.lower().startswith(_OURS):
            raise RuleError(f"must not begin with {_OURS}, as Slipway's own tags do", at=(key,))
        # Roles accept no second key that differs in case alone.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
        first = taken.setdefault(key.lower(), key)
        if first != key:
            raise RuleError(f"is {first} in other letters, and IAM takes them for one", at=(key,))
        try:
            _tag_value(value)
        except RuleError as error:
            raise RuleError(str(error), at=(key,)) from None


def _tag_value(value: str) -> str:
    if len(value) > LONGEST_VALUE or not _ALLOWED.fullmatch(value):
        raise RuleError(
            f"must be at most {LONGEST_VALUE} {_CHARACTERS}, not {value!r:.60}: AWS accepts no "
            "other value of a tag"
        )
    if not value:
        raise RuleError("must not be empty")
    return value


TagText = Annotated[str, AfterValidator(_tag_value)]
"""Text that is the value of a tag."""
