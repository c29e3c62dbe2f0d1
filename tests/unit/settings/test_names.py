from slipway.settings.application import LONGEST_APPLICATION
from slipway.settings.files import LONGEST_SERVICE_AND_ENVIRONMENT
from slipway.settings.model import LONGEST_NAME
from slipway.settings.names import Names, PipelineNames


def test_every_name_follows_from_application_and_environment() -> None:
    names = Names("shop", "local")
    assert names.stage == "Local"
    assert names.cluster == "shop-local"
    assert names.ec2_capacity_provider == "shop-local-ec2"
    assert names.stack("network") == "shop-local-network"
    assert names.family("storefront") == "shop-local-storefront"
    assert names.log_group("storefront") == "/shop/local/storefront"
    assert names.repository("storefront") == "shop/storefront"
    assert names.secret("storefront", "session") == "shop/local/storefront/session"
    assert names.codedeploy_application("storefront") == "shop-local-storefront"
    assert names.deployment_group("storefront") == "storefront"
    assert names.hook_function("storefront", "BeforeInstall") == (
        "CodeDeployHook_storefront-local-BeforeInstall"
    )
    assert names.traffic_rule_function("storefront") == "shop-local-storefront-traffic-rules"
    assert names.releases("scaling") == "shop-local-scaling"
    assert names.secrets == "shop/local/"  # pragma: allowlist secret: a name
    assert names.notifications == "shop-local-notifications"
    assert names.private_zone == "local.shop.internal"
    assert names.firewall_logs == "aws-waf-logs-shop-local"
    assert names.shared_load_balancer("web") == "shop-local-shared-web"
    assert names.dashboard("storefront") == "shop-local-storefront"
    assert names.log_query("storefront", "errors") == "shop/local/storefront/errors"
    assert names.key_alias("network") == "shop/local/network"
    assert names.release_role == "shop-local-release"
    assert names.observe_role == "shop-local-observe"


def test_the_pipeline_s_names_follow_from_the_application() -> None:
    names = PipelineNames("shop")
    assert names.stack == "shop-toolchain"
    assert names.pipeline == "shop-pipeline"
    assert names.project("images") == "shop-pipeline-images"
    assert names.key_alias == "shop/pipeline"
    assert names.artifact_bucket("111111111111", "eu-west-1") == (
        "shop-pipeline-111111111111-eu-west-1"
    )
    assert names.wave(["dev"]) == "Dev"
    assert names.wave(["prod-eu", "prod-us"]) == "ProdEu-ProdUs"
    assert names.release(["dev"], "storefront") == "Dev-storefront"


def test_a_stage_id_has_no_hyphens() -> None:
    assert Names("shop", "eu-prod").stage == "EuProd"


def test_the_longest_names_are_short_enough() -> None:
    """EventBridge and Lambda allow 64 characters."""
    longest = Names("a" * LONGEST_APPLICATION, "e" * (LONGEST_SERVICE_AND_ENVIRONMENT - 2))
    for rule in ("scaling-ended", "scaling-hourly", "rotation-secret"):
        assert len(longest.releases(rule)) <= 64


def test_the_longest_names_of_the_pipeline_are_short_enough() -> None:
    """IAM allows 64 characters, Amazon S3 63, a connection 32."""
    names = PipelineNames("a" * LONGEST_APPLICATION)
    assert len(names.project("images-x86_64")) <= 64
    assert len(names.artifact_bucket("1" * 12, "ap-northeast-1")) <= 63
    assert len(names.pipeline) <= 32
    environment = Names("a" * LONGEST_APPLICATION, "e" * LONGEST_NAME)
    assert len(environment.release_role) <= 64
    assert len(environment.observe_role) <= 64
