"""What CloudWatch shows of the services that AWS runs for Harbor."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct


class MonitoringStack(Stack):
    """A dashboard of the stores; Harbor's own metrics are in Grafana."""

    def __init__(self, scope: Construct, name: str, **options: object) -> None:
        super().__init__(scope, name, **options)
        board = cloudwatch.Dashboard(self, "Harbor")
        load = cloudwatch.Metric(namespace="AWS/RDS", metric_name="CPUUtilization")
        errors = cloudwatch.Metric(namespace="AWS/DynamoDB", metric_name="SystemErrors")
        board.add_widgets(
            cloudwatch.GraphWidget(title="Load of the database", left=[load]),
            cloudwatch.GraphWidget(title="Errors of the sessions", left=[errors]),
        )
