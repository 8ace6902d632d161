"""The CDK app."""

from aws_cdk import App, Environment

from storage import StorageStack

app = App()
StorageStack(app, "HarborStorage", env=Environment(region="eu-north-1"))
app.synth()
