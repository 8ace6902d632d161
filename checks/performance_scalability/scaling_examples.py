"""Small repositories that deploy services, shared by the examples of the checks on scalability."""

CDK_JSON = '{"app": "python app.py"}\n'
HANDLER = "def handler(event: dict, context: object) -> dict:\n    return {}\n"
APP = """from aws_cdk import App

from stack import ShopStack

app = App()
ShopStack(app, "Shop")
app.synth()
"""
HEAD = """from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class ShopStack(Stack):
    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
"""
FUNCTION = """        handler = lambda_.Function(
            self,
            "Handler",
            runtime=lambda_.Runtime.PYTHON_3_12,
            handler="main.handler",
            code=lambda_.Code.from_asset("../functions"),
        )
"""
SERVICE = """        vpc = ec2.Vpc(self, "Network", max_azs=2)
        cluster = ecs.Cluster(self, "Cluster", vpc=vpc)
        task = ecs.FargateTaskDefinition(self, "Task")
        task.add_container("api", image=ecs.ContainerImage.from_asset("../api"))
        service = ecs.FargateService(self, "Service", cluster=cluster, task_definition=task, desired_count=2)
"""
SCALED = """        copies = service.auto_scale_task_count(min_capacity=2, max_capacity=10)
        copies.scale_on_cpu_utilization("Cpu", target_utilization_percent=60)
"""
BALANCED = """        balancer = elb.ApplicationLoadBalancer(self, "Balancer", vpc=vpc, internet_facing=True)
        listener = balancer.add_listener("Http", port=80)
        listener.add_targets("Api", port=80, targets=[service], health_check=elb.HealthCheck(path="/health"))
"""
PATTERN = """        service = patterns.ApplicationLoadBalancedFargateService(
            self,
            "Service",
            desired_count=2,
            task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
                image=ecs.ContainerImage.from_asset("../api")
            ),
        )
"""
IMAGE = {"api/Dockerfile": "FROM python:3.12-slim\nCMD python main.py\n", "functions/main.py": HANDLER}
TERRAFORM = """terraform {
  required_version = ">= 1.9"
}

resource "aws_ecs_task_definition" "api" {
  family = "api"
  container_definitions = jsonencode([{ name = "api", image = "registry.example/api:1" }])
}

resource "aws_ecs_service" "api" {
  name            = "api"
  task_definition = aws_ecs_task_definition.api.arn
  desired_count   = 2
  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "api"
    container_port   = 80
  }
}

resource "aws_appautoscaling_target" "api" {
  min_capacity       = 2
  max_capacity       = 8
  resource_id        = "service/shop/${aws_ecs_service.api.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}

resource "aws_appautoscaling_policy" "cpu" {
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  resource_id        = aws_appautoscaling_target.api.resource_id
  scalable_dimension = aws_appautoscaling_target.api.scalable_dimension
}

resource "aws_lb" "public" {
  name = "public"
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.public.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

resource "aws_lb_target_group" "api" {
  port = 80
  health_check {
    path = "/health"
  }
}
"""
SAM = """Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/
      Handler: main.handler
      Events:
        Http:
          Type: HttpApi
          Properties: {Path: /orders, Method: get}
"""
KUBERNETES = """apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: registry.example/api:1
          readinessProbe: {httpGet: {path: /health, port: 80}}
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selector: {app: api}
  ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: public}
spec:
  rules:
    - http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {kind: Deployment, name: api}
  minReplicas: 2
  maxReplicas: 8
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
"""


def stack(*parts: str) -> dict[str, str]:
    """A CDK app with one stack of these parts, and the code that it packs."""
    return {"infra/cdk.json": CDK_JSON, "infra/app.py": APP, "infra/stack.py": HEAD + "".join(parts), **IMAGE}


def without(text: str, old: str, new: str = "") -> str:
    """The text with something replaced that stands in it."""
    assert old in text
    return text.replace(old, new)
