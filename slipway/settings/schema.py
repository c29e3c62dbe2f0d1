"""JSON Schemas of the files, from which editors complete and check."""

from datetime import timedelta
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import WithDefaultSchema

from slipway.settings.application import Application
from slipway.settings.environment import EnvironmentFile
from slipway.settings.service import OVERRIDES, ServiceFile
from slipway.settings.units import format_duration, format_size


class _Schema(GenerateJsonSchema):
    """Shows defaults the way people write them: 15m and 128MiB, not PT15M and 128."""

    def encode_default(self, dft: Any) -> Any:
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Write a size as 128MiB: it is text to editors, and a number here."""
        found = super().default_schema(schema)
        if found.get("type") == "string" and isinstance(found.get("default"), int):
            found["default"] = format_size(found["default"])
        return found


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of each kind of file, by the pattern of its path."""
    service = ServiceFile.model_json_schema(schema_generator=_Schema)
    # An override may name any of the keys, and need not name the required ones.
    service["properties"][OVERRIDES] = {
        "type": "object",
        "description": "What differs, per environment.",
        "additionalProperties": {
            "type": "object",
            "properties": {key: {} for key in service["properties"]},
            "additionalProperties": False,
        },
    }
    return {
        "slipway.yaml": Application.model_json_schema(schema_generator=_Schema),
        "environments/*.yaml": EnvironmentFile.model_json_schema(schema_generator=_Schema),
        "services/*/service.yaml": service,
    }
