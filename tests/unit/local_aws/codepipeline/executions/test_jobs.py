"""Jobs, and the reports that end them."""

import pytest

from slipway.local_aws.codepipeline.errors import CodePipelineError
from slipway.local_aws.codepipeline.executions.jobs import Jobs

ACCOUNT = "111111111111"


def test_the_first_report_counts():
    jobs = Jobs()
    job = jobs.open(ACCOUNT)
    jobs.put_job_success_result(ACCOUNT, {"jobId": job.id, "outputVariables": {"A": "b"}})
    report = job.wait(0)
    assert report is not None
    assert report.variables == {"A": "b"}
    with pytest.raises(CodePipelineError, match="completed already"):
        jobs.put_job_failure_result(
            ACCOUNT, {"jobId": job.id, "failureDetails": {"type": "JobFailed", "message": "late"}}
        )


def test_a_job_that_goes_on_waits_for_another_report():
    jobs = Jobs()
    job = jobs.open(ACCOUNT)
    jobs.put_job_success_result(ACCOUNT, {"jobId": job.id, "continuationToken": "more"})
    job.go_on()
    assert job.wait(0) is None
    jobs.put_job_success_result(ACCOUNT, {"jobId": job.id})
    assert job.wait(0) is not None


@pytest.mark.parametrize("account", ["222222222222", ACCOUNT])
def test_a_job_is_found_by_its_own_account_only(account):
    jobs = Jobs()
    job = jobs.open("333333333333")
    with pytest.raises(CodePipelineError, match=f"no job {job.id}"):
        jobs.put_job_success_result(account, {"jobId": job.id})
