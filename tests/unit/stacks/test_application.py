"""What app.py puts together."""

import json
import re
from pathlib import Path
from typing import Any

import pytest


def test_each_environment_and_the_registry_have_their_stacks(templates: Any) -> None:
    assert templates.keys() >= {
        "shop-local-network",
        "shop-local-cluster",
        "shop-local-storefront",
        "shop-local-observability",
        "shop-local-registry",
    }


def test_a_new_service_gets_a_stack_and_a_repository_of_its_own(changed: Any) -> None:
    assert "shop-local-api" in changed
    names = [
        repository["RepositoryName"]
        for repository in changed["shop-local-registry"].each("AWS::ECR::Repository")
    ]
    assert names == ["shop/api", "shop/site", "shop/storefront"]


def test_the_registry_is_in_no_environment_s_stage(assembly: Any) -> None:
    """Images exist before the first environment does, and outlive each."""
    assert [stack.stack_name for stack in assembly.stacks] == ["shop-local-registry"]


def test_synthesis_asks_aws_nothing(assembly: Any, changed_assembly: Any) -> None:
    """What is missing from the context, the CDK would look up in the account."""
    for synthesised in (assembly, changed_assembly):
        manifests = list(Path(synthesised.directory).rglob("manifest.json"))
        assert len(manifests) == 2
        assert not [m for m in manifests if json.loads(m.read_text()).get("missing")]


def test_acknowledgements_fit_other_settings_too(changed_assembly: Any, findings_of: Any) -> None:
    """Another service, an internal load balancer, more secrets, a NAT gateway per zone."""
    findings = findings_of(changed_assembly)
    assert not findings.open
    assert findings.acknowledged == findings.used
    assert any(path.startswith("Local/Api/") for path, _, _ in findings.used)


def test_acknowledgements_fit_an_environment_of_another_kind(
    clone: Path, tmp_path: Path, findings_of: Any
) -> None:
    """Without NAT, in another region, with the registry elsewhere and an image from the public."""
    import aws_cdk as cdk

    from stacks.application import add_stacks

    text = (clone / "environments/local.yaml").read_text()
    text = re.sub(r"tooling:\n.*\n.*\n", "", text)
    for old, new in {
        "000000000000": "111111111111",
        "us-east-1": "eu-west-1",
        "nat: single": "nat: none",
        "removal_policy: destroy": "removal_policy: retain",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (clone / "environments/dev.yaml").write_text(text)
    (clone / "services/web").mkdir()
    (clone / "services/web/service.yaml").write_text(
        # Where there is no NAT, an image from elsewhere can't be pulled.
        "port: 8000\ncpu: 256\nmemory: 512MiB\nenvironments: { local: { image: "
        f"public.ecr.aws/shop/web@sha256:{'3' * 64} }} }}\n"
    )
    app = cdk.App(
        outdir=str(tmp_path / "cdk.out"),
        context={"@aws-cdk/core:failSynthOnValidationErrors": False},
        analytics_reporting=False,
        tree_metadata=False,
    )
    add_stacks(app, settings_root=clone, images=clone / "build/images.json")
    findings = findings_of(app.synth())
    assert not findings.open
    assert findings.acknowledged == findings.used
    assert any(path.startswith("Dev/Web/") for path, _, _ in findings.used)


def test_registry_and_network_are_tagged_too(registry: Any, network: Any) -> None:
    for properties in (registry.only("AWS::ECR::Repository"), network.only("AWS::EC2::VPC")):
        tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
        assert tags["slipway:application"] == "shop"
        assert tags["slipway:owner"] == "platform"


def test_a_port_that_no_release_can_change_is_refused_before_anything_is_deployed(
    clone: Path, tmp_path: Path
) -> None:
    import aws_cdk as cdk

    from slipway.settings import SettingsError
    from stacks.application import add_stacks

    file = clone / "services/storefront/service.yaml"
    file.write_text(file.read_text().replace("port: 8080 #", "port: 8081 #", 1))
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    with pytest.raises(SettingsError) as caught:
        add_stacks(app, settings_root=clone, images=clone / "build/images.json")
    (line,) = caught.value.lines
    assert "services/storefront/service.yaml" in line
    assert "port must stay 8080 in local" in line
