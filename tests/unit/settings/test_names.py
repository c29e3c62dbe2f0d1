from slipway.settings.application import LONGEST_APPLICATION
from slipway.settings.files import LONGEST_SERVICE_AND_ENVIRONMENT
from slipway.settings.names import Names


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


def test_a_stage_id_has_no_hyphens() -> None:
    assert Names("shop", "eu-prod").stage == "EuProd"


def test_the_longest_names_are_short_enough() -> None:
    """EventBridge and Lambda allow 64 characters."""
    longest = Names("a" * LONGEST_APPLICATION, "e" * (LONGEST_SERVICE_AND_ENVIRONMENT - 2))
    for rule in ("scaling-ended", "scaling-hourly", "rotation-secret"):
        assert len(longest.releases(rule)) <= 64
