"""What the rules let pass, one by one, each with its reason and the page of AWS that gives it.

An entry that nothing needs any more fails a test, as does one whose reason no longer holds.
"""

from collections.abc import Mapping

from policies.iam.reason import CANARY_PERMISSIONS, GUIDE, KEY_ROOT, Reason

_LOGS_KEY = f"{GUIDE}/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
_KEY_USERS = f"{KEY_ROOT}#key-policy-default-allow-users"
_LAMBDA_VPC = f"{GUIDE}/lambda/latest/dg/configuration-vpc.html"
_ECS_EXEC = f"{GUIDE}/AmazonECS/latest/developerguide/ecs-exec.html"


KEYS_OF_EVERY_ACTION = frozenset({"lambda:SourceFunctionArn"})
"""Keys that are in requests to any service, although they don't begin with ``aws:``.

https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
"""

PAGES_DIFFER: Mapping[str, Reason] = {
    "codedeploy:PutLifecycleEventHookExecutionStatus": Reason(
        "The service authorization reference knows no resource for it, CodeDeploy's own table the "
        "deployment group. The narrower reading: a hook reports to its own service's only.",
        f"{GUIDE}/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html",
    ),
}
"""Actions for which AWS's pages say different things of resources."""

ACTION_WILDCARDS: Mapping[tuple[str, str], Reason] = {
    ("AWS::KMS::Key", "kms:*"): Reason(
        "The account that owns the key. Without it nobody could change the key any more, and no "
        "IAM policy could allow its use.",
        KEY_ROOT,
    ),
    **dict.fromkeys(
        (("AWS::EC2::VPCEndpoint", "*"), ("AWS::EC2::VPCEndpoint", "s3:*")),
        Reason(
            "An endpoint's policy grants nothing: it limits what may pass, and here to identities "
            "and resources of this account.",
            f"{GUIDE}/vpc/latest/privatelink/vpc-endpoints-access.html",
        ),
    ),
    **{
        ("AWS::KMS::Key", f"kms:{action}*"): Reason(
            "What CloudWatch Logs asks for in a key's policy. The condition says for which log "
            "groups.",
            _LOGS_KEY,
        )
        for action in ("Decrypt", "Describe", "Encrypt")
    },
    **{
        ("AWS::KMS::Key", f"kms:{action}*"): Reason(
            "With and without the plain text, from and to: AWS's pages write the actions of a "
            "key's users that way.",
            _KEY_USERS,
        )
        for action in ("GenerateDataKey", "ReEncrypt")
    },
}
"""Actions with a wildcard that a policy of a resource may allow, by its type."""

KEYS_AS_AWS_WRITES: Mapping[tuple[str, str], Reason] = {
    ("kms:Describe*", "kms:EncryptionContext:aws:logs:arn"): Reason(
        "DescribeKey has no encryption context, so that the statement never allows it. AWS's own "
        "policy for CloudWatch Logs is written that way, and works.",
        _LOGS_KEY,
    ),
}
"""Condition keys that an action doesn't know, in statements that are written as AWS's page does."""

WITHOUT_A_RESOURCE: Mapping[str, str] = {
    "application-autoscaling:DescribeScalableTargets": "tells what scales",
    "cloudwatch:PutMetricData": "a canary counts its runs, in the namespace of Synthetics alone",
    "codedeploy:BatchGetDeploymentTargets": "tells how far a deployment is",
    "ec2:DescribeNetworkInterfaces": "finds the addresses of tasks",
    "ec2:DescribeSubnets": "Lambda asks before it makes a network interface",
    "ecr:GetAuthorizationToken": "a token of the account, which opens no repository by itself",
    "ecs:DescribeTaskDefinition": "reads a revision",
    "ecs:DiscoverPollEndpoint": "the container agent asks before it belongs to a cluster",
    "ecs:PutAccountSettingDefault": "switches on network interface trunking, of the whole account",
    "elasticloadbalancing:DescribeListeners": "CodeDeploy looks at what it will shift",
    "elasticloadbalancing:DescribeRules": "finds the rule that forwards",
    "elasticloadbalancing:DescribeTags": "finds the rule that is ours",
    "elasticloadbalancing:DescribeTargetGroups": "CodeDeploy looks at what it will shift",
    "elasticloadbalancing:DescribeTargetHealth": "tells which tasks are healthy",
    "inspector2:ListCoverage": "tells which images Amazon Inspector scans",
    "inspector2:ListFindings": "reads what Amazon Inspector found in images",
    "logs:DescribeLogGroups": "ECS Exec looks for the log group of its sessions",
    "s3:ListAllMyBuckets": "a canary asks for the names of buckets before it writes to its own",
    "ssmmessages:CreateControlChannel": "ECS Exec, where a service asks for it",
    "ssmmessages:CreateDataChannel": "ECS Exec, where a service asks for it",
    "ssmmessages:OpenControlChannel": "ECS Exec, where a service asks for it",
    "ssmmessages:OpenDataChannel": "ECS Exec, where a service asks for it",
    "xray:PutTraceSegments": "the collector of a service that is traced; nobody may read a trace",
}
"""Actions that AWS grants on all resources or not at all, and what each is for.

That it is so is checked against the reference.
"""

WIDER_THAN_AWS_NEEDS: Mapping[str, Reason] = {
    "cloudwatch:DescribeAlarms": Reason(
        "CodeDeploy asks for all alarms of its group in one call, and AWS's own policy for it has "
        "all resources. It only reads.",
        f"{GUIDE}/aws-managed-policy/latest/reference/AWSCodeDeployRoleForECSLimited.html",
    ),
    **dict.fromkeys(
        (
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:UnassignPrivateIpAddresses",
        ),
        Reason(
            "Lambda makes and removes the network interfaces of functions in a VPC with their "
            "role, and their ids are known only then. The functions' own code is denied it.",
            _LAMBDA_VPC,
        ),
    ),
}
"""Actions on all resources that AWS could narrow."""

PARTS: Mapping[str, Reason] = {
    "arn:aws:logs:{region}:{account}:log-group:{any}:*": Reason(
        "All streams of one log group, whose names are up to who writes them.",
        f"{GUIDE}/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
    ),
    "arn:aws:ecs:{region}:{account}:task-set/{application}-{environment}/{service}/*": Reason(
        "The task sets of this one service. CodeDeploy makes one at each release, and its id with "
        "it.",
        f"{GUIDE}/AmazonECS/latest/APIReference/API_TaskSet.html",
    ),
    "arn:aws:ecs:{region}:{account}:container-instance/{application}-{environment}/*": Reason(
        "The instances of this one cluster: an id is known only once its instance has registered.",
        f"{GUIDE}/AmazonECS/latest/developerguide/instance_IAM_role.html",
    ),
    "arn:aws:elasticloadbalancing:{region}:{account}:listener/{any}/*": Reason(
        "All listeners of a load balancer that is this service's alone: one that is replaced gets "
        "another id.",
    ),
    "arn:aws:elasticloadbalancing:{region}:{account}:listener-rule/{any}/*": Reason(
        "The rules of listeners that are this service's alone: a rule's id is known only once it "
        "is made.",
    ),
    **dict.fromkeys(
        (
            "arn:aws:codedeploy:{region}:{account}:application:{application}-{environment}-*",
            "arn:aws:codedeploy:{region}:{account}:deploymentgroup:{application}-{environment}-*",
            "arn:aws:cloudformation:{region}:{account}:stack/{application}-{environment}-*",
            "arn:aws:cloudwatch:{region}:{account}:alarm:{application}-{environment}-*",
            "arn:aws:ecs:{region}:{account}:service/{application}-{environment}/*",
            "arn:aws:ecs:{region}:{account}:task-definition/{application}-{environment}-*:*",
        ),
        Reason(
            "The services of this environment, those to come included. No other environment of the "
            "application can have a name that begins so: the settings refuse it. Another "
            "application of the same account must not be called like this one and its environment.",
        ),
    ),
    "arn:aws:codedeploy:{region}:{account}:deploymentconfig:*": Reason(
        "A service shifts traffic as one of AWS's configurations says, or its own. It only reads.",
        f"{GUIDE}/codedeploy/latest/userguide/deployment-configurations.html",
    ),
    "arn:aws:iam::{account}:role/{application}/{environment}/tasks/*": Reason(
        "The roles of this environment's tasks, those of services to come included: no other role "
        "has this path.",
        f"{GUIDE}/IAM/latest/UserGuide/reference_identifiers.html",
    ),
    "arn:aws:s3:::{application}-{environment}-{service}-CanaryResults{any}/*": Reason(
        "The results of a canary, in a bucket that holds nothing else: each run names its objects "
        "after its time.",
        CANARY_PERMISSIONS,
    ),
    "arn:aws:logs:{region}:{account}:log-group:/aws/lambda/"
    "cwsyn-{application}-{environment}-{service}-*": Reason(
        "The log group of a canary: Synthetics ends its name with an id of its own. A service of "
        "the environment whose name goes on with a hyphen has one that matches, too: a canary "
        "could write lines there, and read none.",
        CANARY_PERMISSIONS,
    ),
    "arn:aws:ecr:{region}:{account}:repository/{application}-base/*": Reason(
        "What images are built on, by its name upstream: the registry's cache makes a repository "
        "for each when it is first pulled.",
        f"{GUIDE}/AmazonECR/latest/userguide/pull-through-cache-iam.html",
    ),
    "arn:aws:s3:::{application}-pipeline-{any}/*": Reason(
        "The artifacts of the pipeline, whose names CodePipeline makes up. The bucket's policy "
        "names each role of another account, too.",
        f"{GUIDE}/codepipeline/latest/userguide/pipelines-create-cross-account.html",
    ),
    "arn:aws:kms:{any}:key/*": Reason(
        "The key of the pipeline's artifacts, by its alias: its id isn't known before it is made. "
        "The key's policy names each role of another account, too.",
        f"{GUIDE}/kms/latest/developerguide/alias-authorization.html",
    ),
    "arn:aws:application-autoscaling:{region}:{account}:scalable-target/*": Reason(
        "A scalable target's id is AWS's own, and templates can't tag it. Conditions leave the "
        "task counts of ECS services. AWS also checks ecs:UpdateService, which the role has for "
        "this environment's; that it checks it on the service itself is our reading.",
        f"{GUIDE}/autoscaling/application/userguide/security_iam_permission_validation.html",
    ),
}
"""ARNs with a wildcard in them. ``{any}`` is text without one; the others are the stack's own."""

ONLY_WITH: Mapping[str, str] = {"arn:aws:kms:{any}:key/*": "kms:ResourceAliases"}
"""Those of them that are listed only beside a condition on a key."""

SHARED: Mapping[tuple[str, str], Reason] = {
    **dict.fromkeys(
        (
            (
                "logs:CreateLogStream",
                "log-group:/{application}/{environment}/exec:log-stream:{any}",
            ),
            ("logs:PutLogEvents", "log-group:/{application}/{environment}/exec:log-stream:{any}"),
        ),
        Reason(
            "ECS Exec: a task writes its own sessions to the environment's log of sessions. It "
            "can list and add to what is there, and not read, change or delete it.",
            _ECS_EXEC,
        ),
    ),
    ("kms:Decrypt", "key/<{application}-{environment}-cluster/{any}>"): Reason(
        "ECS Exec: a session is encrypted with the cluster's key. No secret is, and of the logs "
        "that are, the role can read none.",
        _ECS_EXEC,
    ),
}
"""What a service's role may touch that is its environment's, by action and end of the ARN."""
