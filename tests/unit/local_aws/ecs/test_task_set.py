from slipway.local_aws.ecs.task_set import TaskSet


def task_set(desired):
    return TaskSet(
        task_definition={"taskDefinitionArn": "web:1"},
        computed_desired_count=desired,
        load_balancers=[],
        network_configuration={},
    )


def test_failing_tasks_are_started_again_later_and_later():
    tasks = task_set(2)
    assert tasks.missing_count == 2
    tasks.note_failure()
    first = tasks.retry_at
    assert tasks.missing_count == 0
    tasks.note_failure()
    assert tasks.retry_at > first


def test_becoming_steady_forgets_failures():
    tasks = task_set(1)
    tasks.note_failure()
    assert tasks.become(stable=True)
    assert not tasks.become(stable=True)
    assert tasks.missing_count == 1
