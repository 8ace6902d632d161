"""Small repositories with infrastructure code, shared by the examples of the checks on it."""

CDK_JSON = '{"app": "python app.py"}\n'
APP = """from aws_cdk import App

from stacks.storage import StorageStack

app = App()
StorageStack(app, "Storage")
app.synth()
"""
STORAGE = """from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct


class StorageStack(Stack):
    def __init__(self, scope: Construct, name: str, **options: object) -> None:
        super().__init__(scope, name, **options)
        s3.Bucket(self, "Uploads")
"""
CDK = {"infra/cdk.json": CDK_JSON, "infra/app.py": APP, "infra/stacks/storage.py": STORAGE}
CLIENT = 'import boto3\n\nbucket = boto3.resource("s3").Bucket("uploads")\n'
TERRAFORM = """terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-north-1"
}

resource "aws_s3_bucket" "uploads" {
  bucket = "uploads"
}
"""
SAM = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: main.handler
      Runtime: python3.12
  Uploads:
    Type: AWS::S3::Bucket
"""
TYPESCRIPT = {
    "infra/cdk.json": '{"app": "npx ts-node --prefer-ts-exts bin/shop.ts"}\n',
    "infra/bin/shop.ts": """#!/usr/bin/env node
import * as cdk from "aws-cdk-lib";
import { StorageStack } from "../lib/storage-stack";

const app = new cdk.App();
new StorageStack(app, "Storage");
""",
    "infra/lib/storage-stack.ts": """import * as cdk from "aws-cdk-lib";
import * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export class StorageStack extends cdk.Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    // new sqs.Queue(this, "Jobs");
    new s3.Bucket(this, "Uploads");
  }
}
""",
}
README = """# Infrastructure

## Prerequisites

```bash
npm install -g aws-cdk
```

## Deployment

```bash
cdk deploy --all
```

## Configuration

The region of every stack is taken from the environment variable CDK_DEFAULT_REGION, the account from
CDK_DEFAULT_ACCOUNT; both are set by the command line of the cdk from the profile that is chosen when it is run.

| stack | holds |
| --- | --- |
| Storage | uploads of customers |
"""


def changed(files: dict[str, str], path: str, old: str, new: str) -> dict[str, str]:
    """The files with something in one of them replaced."""
    return {**files, path: files[path].replace(old, new)}


def cdk(**files: str) -> dict[str, str]:
    """The CDK app with further or other modules, by the name of their stem."""
    return CDK | {f"infra/{name}.py": text for name, text in files.items()}
