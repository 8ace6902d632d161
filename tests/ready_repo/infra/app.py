"""The CDK app."""

import os

from aws_cdk import App, Environment

from spending import SpendingStack
from storage import StorageStack

app = App()
StorageStack(app, "HarborStorage", env=Environment(region=os.environ.get("AWS_REGION", "eu-north-1")))
SpendingStack(app, "HarborSpending")
app.synth()
