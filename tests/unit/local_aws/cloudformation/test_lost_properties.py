"""Templates are spelled as the ECS API spells them, except what people named."""

from __future__ import annotations

from slipway.local_aws.cloudformation.lost_properties import api_spelling


def test_keys_that_people_chose_keep_their_spelling() -> None:
    assert api_spelling(
        {
            "LogConfiguration": {"LogDriver": "awslogs", "Options": {"Awslogs-Group": "x"}},
            "DockerLabels": {"Team": "shop"},
            "Secrets": [{"Name": "KEY", "ValueFrom": "arn"}],
        }
    ) == {
        "logConfiguration": {"logDriver": "awslogs", "options": {"Awslogs-Group": "x"}},
        "dockerLabels": {"Team": "shop"},
        "secrets": [{"name": "KEY", "valueFrom": "arn"}],
    }
