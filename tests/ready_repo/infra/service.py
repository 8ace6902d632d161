"""The service that answers: its image, its copies, and what spreads requests over them."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct


class ServiceStack(Stack):
    """Two to eight copies behind a load balancer, which may read the two secrets."""

    def __init__(self, scope: Construct, name: str, *, network: ec2.IVpc, **options: object) -> None:
        super().__init__(scope, name, **options)
        database = secretsmanager.Secret(self, "Database", secret_name="harbor/DATABASE_URL")
        service = patterns.ApplicationLoadBalancedFargateService(
            self,
            "Service",
            cluster=ecs.Cluster(self, "Cluster", cluster_name="harbor", vpc=network),
            service_name="api",
            desired_count=2,
            task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
                image=ecs.ContainerImage.from_asset(".."),
                container_port=8000,
                family="harbor-api",
                secrets={"DATABASE_URL": ecs.Secret.from_secrets_manager(database)},
            ),
        )
        service.target_group.configure_health_check(path="/health")
        copies = service.service.auto_scale_task_count(min_capacity=2, max_capacity=8)
        copies.scale_on_cpu_utilization("Load", target_utilization_percent=60)
        key = secretsmanager.Secret(self, "Key", secret_name="harbor/OPENAI_API_KEY")
        key.grant_read(service.task_definition.task_role)
