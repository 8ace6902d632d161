"""What aws_cdk offers, by name."""

from __future__ import annotations

import pytest

from pytest_readiness.repo.cdk_names import exists, names


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("aws_cdk.App", True),
        ("aws_cdk.aws_cloudwatch", True),
        ("aws_cdk.aws_cloudwatch.Alarm.add_alarm_action", True),
        ("aws_cdk.aws_cloudwatch_actions.SnsAction", True),
        ("aws_cdk.aws_cloudwatch.SnsAction", False),
        ("aws_cdk.aws_cloudwatchh.Alarm", False),
        ("aws_cdk.aws_lambda_python_alpha.PythonFunction", True),
        ("constructs.Construct", True),
    ],
)
def test_exists(name: str, there: bool) -> None:
    assert exists(name) is there


def test_every_module_of_the_list_offers_something() -> None:
    assert len(names()) > 200
    assert all(names().values())
