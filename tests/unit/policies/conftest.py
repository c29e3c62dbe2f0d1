import json
from pathlib import Path

import pytest

from policies.assembly import Assembly
from policies.checked import Checked
from policies.register import Finding

REASON = "This bucket is where access logs end, and logging them again would never end at all."
BUCKET = "Dev/Network/Logs/Bucket"

METADATA = {
    "/Dev/Network/Logs/Bucket": [
        {"type": "aws:cdk:acknowledged-rules", "data": {"Checkov::CKV_AWS_18": REASON}}
    ],
    "/Dev/Network/Logs/Bucket/Resource": [{"type": "aws:cdk:logicalId", "data": "LogsBucket1"}],
    "/Dev/Network/Default/Inputs": [{"type": "aws:cdk:logicalId", "data": "Inputs"}],
    "/Dev/Network/FlowLog": [
        # The library's own.
        {
            "type": "aws:cdk:acknowledged-rules",
            "data": {"CloudFormation-Validate::F3002": "Accepts properties in camelCase"},
        }
    ],
}
TEMPLATE = {
    "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["W6001"]}}},
    "Resources": {
        "LogsBucket1": {
            "Type": "AWS::S3::Bucket",
            "Metadata": {
                "aws:cdk:path": "Dev/Network/Logs/Bucket/Resource",
                "checkov": {"skip": [{"id": "CKV_AWS_18", "comment": REASON}]},
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {"Inputs": {"Value": {"Fn::ImportValue": "subnets"}}},
}
REPORT = {
    "pluginReports": [
        {
            "pluginName": "AwsSolutions",
            "violations": [],
            "suppressedViolations": [
                {
                    "ruleName": "AwsSolutions-S1",
                    "description": "no logs",
                    "violatingConstructs": [{"constructPath": f"{BUCKET}/Resource"}],
                }
            ],
        },
        {
            "pluginName": "CloudFormation Validate",
            "violations": [
                {
                    "ruleName": "LOGS_END",
                    "description": "RetentionInDays: never",
                    "ruleMetadata": {"category": "guard:logs"},
                    "violatingConstructs": [{"constructPath": "Dev/Network/Logs/Group"}],
                }
            ],
        },
    ]
}


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    """A synthesis of one stack, in a stage."""
    stage = tmp_path / "assembly-Dev"
    stage.mkdir()
    artifacts = {
        "DevNetwork": {
            "type": "aws:cloudformation:stack",
            "displayName": "Dev/Network",
            "environment": "aws://222222222222/eu-west-1",
            "properties": {"templateFile": "DevNetwork.template.json"},
        }
    }
    for file, content in {
        tmp_path / "manifest.json": {"artifacts": {}},
        tmp_path / "validation-report.json": REPORT,
        stage / "manifest.json": {"artifacts": artifacts},
        stage / "DevNetwork.metadata.json": METADATA,
        stage / "DevNetwork.template.json": TEMPLATE,
    }.items():
        file.write_text(json.dumps(content))
    return Assembly.read(tmp_path)


@pytest.fixture
def checkov() -> Checked:
    """checkov, having found what is acknowledged."""
    return Checked(
        checker="checkov",
        version="3.3.30",
        rules=("CKV_AWS_18", "CKV_AWS_53"),
        resources=2,
        findings=(Finding("checkov", "Checkov::CKV_AWS_18", f"{BUCKET}/Resource", "no logs"),),
        seconds=9.6,
        meanings={"CKV_AWS_18": "Log access", "CKV_AWS_53": "Block ACLs"},
    )
