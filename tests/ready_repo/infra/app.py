"""The CDK app."""

import os

from aws_cdk import App, Environment

from monitoring import MonitoringStack
from spending import SpendingStack
from storage import StorageStack

app = App()
StorageStack(app, "HarborStorage", env=Environment(region=os.environ.get("AWS_REGION", "eu-north-1")))
MonitoringStack(app, "HarborMonitoring")
SpendingStack(app, "HarborSpending")
app.synth()
