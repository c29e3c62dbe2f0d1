from typing import Any


def test_the_cluster_offers_every_kind_of_capacity(cluster: Any) -> None:
    providers = cluster.only("AWS::ECS::ClusterCapacityProviderAssociations")["CapacityProviders"]
    assert providers == [
        "FARGATE",
        "FARGATE_SPOT",
        {"Ref": cluster.only_id("AWS::ECS::CapacityProvider")},
    ]


def test_container_insights_are_enhanced(cluster: Any) -> None:
    assert cluster.only("AWS::ECS::Cluster")["ClusterSettings"] == [
        {"Name": "containerInsights", "Value": "enhanced"}
    ]


def test_exec_sessions_are_encrypted_and_logged(cluster: Any) -> None:
    ecs_cluster = cluster.only("AWS::ECS::Cluster")
    configuration = ecs_cluster["Configuration"]["ExecuteCommandConfiguration"]
    assert configuration["Logging"] == "OVERRIDE"
    assert configuration["KmsKeyId"] == {"Fn::GetAtt": [cluster.only_id("AWS::KMS::Key"), "Arn"]}
    logs = configuration["LogConfiguration"]
    assert logs["CloudWatchEncryptionEnabled"] is True
    assert logs["CloudWatchLogGroupName"] == "/shop/local/exec"
    (group,) = [name for name in cluster.of("AWS::Logs::LogGroup") if name.startswith("ExecLogs")]
    assert (
        group in cluster.of("AWS::ECS::Cluster")[cluster.only_id("AWS::ECS::Cluster")]["DependsOn"]
    )
