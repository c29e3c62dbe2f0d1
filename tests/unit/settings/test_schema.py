import json

from slipway.settings.schema import json_schemas


def test_the_schemas_describe_every_key_as_it_is_written() -> None:
    schemas = json_schemas()
    service = schemas["services/*/service.yaml"]
    assert service["additionalProperties"] is False
    assert service["properties"]["stop_timeout"]["default"] == "1m30s"
    assert "environments" in service["properties"]
    assert "PT" not in {value[:2] for value in _texts(service)}
    for schema in schemas.values():
        assert json.loads(json.dumps(schema)) == schema
        for key, description in schema["properties"].items():
            assert "description" in description or "$ref" in description, key


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for child in value.values() for text in _texts(child)]
    return [value] if isinstance(value, str) else []


def test_a_size_that_is_a_default_is_written_as_people_write_it() -> None:
    memory = json_schemas()["services/*/service.yaml"]["$defs"]["Tracing"]["properties"]["memory"]
    assert memory["default"] == "128MiB"
