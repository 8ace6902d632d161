"""Where Harbor keeps data: every store expires what it holds and is encrypted."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from constructs import Construct


class StorageStack(Stack):
    """Database, uploads, sessions and logs."""

    def __init__(self, scope: Construct, name: str, **options: object) -> None:
        super().__init__(scope, name, **options)
        self.network = ec2.Vpc(self, "Network", max_azs=2)
        rds.DatabaseInstance(
            self,
            "Database",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
            vpc=self.network,
            storage_encrypted=True,
            backup_retention=Duration.days(14),
        )
        s3.Bucket(self, "Uploads", lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))])
        dynamodb.Table(
            self,
            "Sessions",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expires_at",
        )
        logs.LogGroup(self, "Access", retention=logs.RetentionDays.ONE_MONTH)
