"""What roles may not do at all, and what they may do beyond their own, each with its reason."""

FORBIDDEN = {
    "cloudformation:*": "changes stacks",
    "codebuild:*": "is the pipeline's",
    "codeconnections:*": "is the pipeline's",
    "codepipeline:*": "is the pipeline's",
    "ec2:RunInstances": "starts an instance with another role",
    "ecr:*": "changes images",
    "ecs:CreateService": "starts tasks with other roles",
    "ecs:ExecuteCommand": "opens a shell with a task's role",
    "ecs:RegisterTaskDefinition": "gives a task other roles",
    "ecs:RunTask": "starts a task with its roles",
    "ecs:StartTask": "starts a task with its roles",
    "events:*": "has other roles called",
    "iam:*": "changes permissions",
    "kms:CreateGrant": "gives the use of a key away",
    "kms:PutKeyPolicy": "gives a key away",
    "lambda:*": "changes code that runs with another role",
    "scheduler:*": "has other roles called",
    "secretsmanager:*": "changes secrets",
    "ssm:*": "opens a shell with an instance's role",
    "states:*": "has other roles called",
    "sts:*": "takes another role",
}
"""What no role may do that changes anything, and why; but for `ALLOWED`, and for the pipeline's."""

ALLOWED = frozenset({"iam:PassRole", "lambda:InvokeFunction"})
"""What would be forbidden, and has a rule of its own: it leads to roles of the same service."""

SECRET_READS = frozenset(
    {
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetQueryResults",
        "logs:StartLiveTail",
        "logs:StartQuery",
        "logs:Unmask",
        "s3:GetObject",
        "s3:GetObjectVersion",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "sqs:ReceiveMessage",
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
    }
)
"""What reads something that is nobody else's business."""

OF_THE_WHOLE_ACCOUNT = {
    "cloudwatch:PutMetricData": "a condition leaves the namespace of canaries",
    "ecs:DiscoverPollEndpoint": "changes nothing: it tells an instance where to ask",
    "ecs:PutAccountSettingDefault": "switches on network interface trunking; instances of other "
    "clusters are none the worse for it",
    **{
        f"ssmmessages:{action}{channel}Channel": "carries the ECS Exec sessions of the task itself"
        for action in ("Create", "Open")
        for channel in ("Control", "Data")
    },
    "xray:PutTraceSegments": "traces belong to the account, and say whose they are",
}
"""Actions that change something, take no resource, and are right for the roles that have them."""

ACROSS_ENVIRONMENTS = {
    (
        "function",
        "application-autoscaling:RegisterScalableTarget",
    ): "AWS also checks ecs:UpdateService, which the role has for services of its own environment; "
    "that it checks it on the service itself is our reading",
    (
        "assumed role",
        "application-autoscaling:RegisterScalableTarget",
    ): "the same, for the pipeline",
}
"""What roles of an environment may do beyond it in a shared account, by what runs with them."""
