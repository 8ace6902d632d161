"""The CDK app."""

import os

from aws_cdk import App, Environment

from monitoring import MonitoringStack
from service import ServiceStack
from spending import SpendingStack
from storage import StorageStack

app = App()
region = Environment(region=os.environ.get("AWS_REGION", "eu-north-1"))
storage = StorageStack(app, "HarborStorage", env=region)
ServiceStack(app, "HarborService", network=storage.network, env=region)
MonitoringStack(app, "HarborMonitoring")
SpendingStack(app, "HarborSpending")
app.synth()
