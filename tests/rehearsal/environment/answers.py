"""What the program answers with --json, held against its schema."""

import json

import jsonschema

from slipway.cli.schemas import schema_of


def answer(told, verb):
    """Return what a command answered in JSON; it keeps the verb's schema."""
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    jsonschema.validate(
        found, schema_of(verb), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return found
