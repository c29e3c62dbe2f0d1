"""Every name that is computed: one place, so that stacks never have to ask one another."""

from collections.abc import Iterable
from dataclasses import dataclass

ENVIRONMENT_STACKS = (
    "network",
    "cluster",
    "registry",
    "observability",
    "releases",
    "toolchain",
    "access",
)
"""The stacks that an environment has besides those of its services, or may come to have."""

ENVIRONMENT_LOG_GROUPS = ("default-security-group", "exec", "flow-logs", "trunking")
"""The log groups that it has besides those of its services: exec sessions, flow logs, and a custom
resource's."""

APPLICATION_STACKS = ("registry", "toolchain", "artifacts")
"""The stacks of the application, which stand beside the stages of its environments."""

PIPELINE = "pipeline"
"""What the pipeline is called: no environment is, nor begins its name so."""

PIPELINE_STAGES = ("Source", "Build", "UpdatePipeline", "Assets")
"""The stages of the pipeline before those of its environments."""


@dataclass(frozen=True)
class Names:
    """The names of one environment of one application.

    Parameters
    ----------
    application
        Such as ``shop``.
    environment
        Such as ``local``.
    """

    application: str
    environment: str

    @property
    def stage(self) -> str:
        """The id of the CDK stage: ``Local``."""
        return "".join(word.capitalize() for word in self.environment.split("-"))

    @property
    def access(self) -> str:
        """The id of the stack that lets the pipeline in: ``LocalAccess``."""
        return f"{self.stage}Access"

    @property
    def prefix(self) -> str:
        """What most names begin with: ``shop-local``."""
        return f"{self.application}-{self.environment}"

    @property
    def cluster(self) -> str:
        """The ECS cluster: ``shop-local``."""
        return self.prefix

    @property
    def ec2_capacity_provider(self) -> str:
        """The ECS capacity provider with the Auto Scaling group: ``shop-local-ec2``."""
        return f"{self.prefix}-ec2"

    @property
    def notifications(self) -> str:
        """The SNS topic of alarms: ``shop-local-notifications``."""
        return f"{self.prefix}-notifications"

    @property
    def slack_channel(self) -> str:
        """What AWS calls the Slack channel that is told: ``shop-local-slack``."""
        return f"{self.prefix}-slack"

    @property
    def teams_channel(self) -> str:
        """What AWS calls the channel of Microsoft Teams that is told: ``shop-local-teams``."""
        return f"{self.prefix}-teams"

    @property
    def capacity_alarm(self) -> str:
        """The alarm that says that tasks on EC2 find no room: ``shop-local-capacity``."""
        return f"{self.prefix}-capacity"

    @property
    def shared_alarm(self) -> str:
        """The alarm that calls people for what services share: ``shop-local-shared``."""
        return f"{self.prefix}-shared"

    @property
    def environment_dashboard(self) -> str:
        """The CloudWatch dashboard of the environment as a whole: ``shop-local``."""
        return self.prefix

    @property
    def private_zone(self) -> str:
        """The private DNS zone of an environment without a domain: ``local.shop.internal``."""
        return f"{self.environment}.{self.application}.internal"

    @property
    def firewall_logs(self) -> str:
        """The log group of the firewalls: ``aws-waf-logs-shop-local``.

        AWS WAF takes no name that begins otherwise.
        """
        return f"aws-waf-logs-{self.prefix}"

    @property
    def release_role(self) -> str:
        """The role that CodePipeline releases with: ``shop-local-release``."""
        return f"{self.prefix}-release"

    @property
    def observe_role(self) -> str:
        """The role that the pipeline looks with, and prepares releases: ``shop-local-observe``."""
        return f"{self.prefix}-observe"

    @property
    def task_roles_path(self) -> str:
        """The path of all task and execution roles: ``/shop/local/tasks/``."""
        return f"/{self.application}/{self.environment}/tasks/"

    def shared_load_balancer(self, name: str) -> str:
        """Return what belongs to a load balancer that services share: ``shop-local-shared-web``."""
        return f"{self.prefix}-shared-{name}"

    def stack(self, name: str) -> str:
        """Return the CloudFormation stack's name: ``shop-local-network``."""
        return f"{self.prefix}-{name}"

    def family(self, service: str) -> str:
        """Return the task definition's family: ``shop-local-storefront``."""
        return f"{self.prefix}-{service}"

    def log_group(self, service: str) -> str:
        """Return the service's log group: ``/shop/local/storefront``."""
        return f"/{self.application}/{self.environment}/{service}"

    def repository(self, service: str) -> str:
        """Return the ECR repository, which environments share: ``shop/storefront``."""
        return f"{self.application}/{service}"

    def secret(self, service: str, name: str) -> str:
        """Return the secret's name: ``shop/local/storefront/session``."""
        return f"{self.secrets}{service}/{name}"

    def codedeploy_application(self, service: str) -> str:
        """Return the CodeDeploy application: ``shop-local-storefront``."""
        return f"{self.prefix}-{service}"

    def deployment_group(self, service: str) -> str:
        """Return the CodeDeploy deployment group, named as the service: ``storefront``."""
        return service

    def hook_function(self, service: str, event: str) -> str:
        """Return a hook's Lambda function: ``CodeDeployHook_storefront-local-BeforeInstall``.

        The managed policy of CodeDeploy for ECS allows it to invoke functions whose names begin
        with ``CodeDeployHook_``.
        """
        return f"CodeDeployHook_{service}-{self.environment}-{event}"

    def traffic_rule_function(self, service: str) -> str:
        """Return the function that owns a service's listener rules."""
        return f"{self.prefix}-{service}-traffic-rules"

    def releases(self, what: str) -> str:
        """Return a function of the Releases stack, and its queue: ``shop-local-scaling``."""
        return f"{self.prefix}-{what}"

    @property
    def releases_alarms(self) -> tuple[str, str]:
        """The alarms of the Releases stack: ``shop-local-releases-errors`` and ``…-given-up``."""
        stack = self.stack("releases")
        return f"{stack}-errors", f"{stack}-given-up"

    @property
    def secrets(self) -> str:
        """What the names of all secrets begin with: ``shop/local/``."""
        return f"{self.application}/{self.environment}/"

    def dashboard(self, service: str) -> str:
        """Return the service's CloudWatch dashboard: ``shop-local-storefront``."""
        return f"{self.prefix}-{service}"

    def log_query(self, service: str, query: str) -> str:
        """Return a saved query; the console shows folders: ``shop/local/storefront/errors``."""
        return f"{self.application}/{self.environment}/{service}/{query}"

    def key_alias(self, stack: str) -> str:
        """Return the alias of a stack's encryption key: ``shop/local/network``."""
        return f"{self.application}/{self.environment}/{stack}"


@dataclass(frozen=True)
class PipelineNames:
    """The names of an application's pipeline, in the tooling account.

    Parameters
    ----------
    application
        Such as ``shop``.
    """

    application: str

    @property
    def stack(self) -> str:
        """The CloudFormation stack's name: ``shop-toolchain``."""
        return f"{self.application}-toolchain"

    @property
    def artifacts_stack(self) -> str:
        """The stack of artifacts in another region than the pipeline's: ``shop-artifacts``."""
        return f"{self.application}-artifacts"

    @property
    def pipeline(self) -> str:
        """The pipeline, and its role: ``shop-pipeline``."""
        return f"{self.application}-{PIPELINE}"

    def project(self, name: str) -> str:
        """Return a CodeBuild project, and its role: ``shop-pipeline-images``."""
        return f"{self.pipeline}-{name}"

    @property
    def notifications(self) -> str:
        """The SNS topic of failures and approvals: ``shop-pipeline-notifications``."""
        return f"{self.pipeline}-notifications"

    @property
    def slack_channel(self) -> str:
        """What AWS calls the Slack channel that is told: ``shop-pipeline-slack``."""
        return f"{self.pipeline}-slack"

    @property
    def teams_channel(self) -> str:
        """What AWS calls the channel of Microsoft Teams that is told: ``shop-pipeline-teams``."""
        return f"{self.pipeline}-teams"

    @property
    def key_alias(self) -> str:
        """The alias of the key of artifacts and logs: ``shop/pipeline``."""
        return f"{self.application}/{PIPELINE}"

    @property
    def base_image_cache(self) -> str:
        """What the repositories of cached base images begin with: ``shop-base``.

        A pull-through cache takes 30 characters.
        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
        """
        return f"{self.application}-base"

    def artifact_bucket(self, account: str, region: str) -> str:
        """Return the bucket of the artifacts: ``shop-pipeline-111111111111-eu-west-1``."""
        return f"{self.pipeline}-{account}-{region}"

    def wave(self, environments: Iterable[str]) -> str:
        """Return the stage that deploys some environments: ``Dev``, ``ProdEu-ProdUs``."""
        return "-".join(Names(self.application, each).stage for each in environments)

    def release(self, environments: Iterable[str], service: str) -> str:
        """Return the stage that releases a service in them: ``ProdEu-ProdUs-storefront``.

        An environment's part begins in upper case and has no hyphen, a service's name is in lower
        case: two stages are never called the same.
        """
        return f"{self.wave(environments)}-{service}"
