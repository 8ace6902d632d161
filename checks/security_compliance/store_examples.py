"""Small repositories with data stores, for the examples of retention and encryption."""

from .secret_examples import cdk, stack

POLICY = """
# Privacy

## Data retention

| Data | Kept for |
|---|---|
| Transcripts | 30 days |
| Invoices | 7 years |
"""
IMPORTS = (
    "from aws_cdk import aws_dynamodb as dynamodb, aws_ec2 as ec2, aws_efs as efs, aws_elasticache as cache\n"
    "from aws_cdk import aws_logs as logs, aws_opensearchservice as search, aws_rds as rds\n"
    "from aws_cdk import aws_s3 as s3, aws_kms as kms"
)
MODEL = """
from datetime import datetime, timedelta
from sqlalchemy import Column, DateTime, Integer, String, delete
from sqlalchemy.orm import declarative_base

Base = declarative_base()

class Visitor(Base):
    __tablename__ = "visitors"
    id = Column(Integer, primary_key=True)
    email = Column(String)
    created_at = Column(DateTime)
"""
PURGE = """
import click
from models import Visitor
from sqlalchemy import delete

@click.command()
def purge(session, cutoff):
    session.execute(delete(Visitor).where(Visitor.created_at < cutoff))

if __name__ == "__main__":
    purge()
"""


def declared(body: str) -> dict[str, str]:
    """A CDK app whose stack declares this."""
    return cdk(stack(body, IMPORTS))


def card(column: str, imports: str = "", more: str = "") -> dict[str, str]:
    """An ORM class with a column for card numbers."""
    return {
        "models.py": "from sqlalchemy import Column, Integer, String, LargeBinary\n"
        f"from sqlalchemy.orm import declarative_base\n{imports}\nBase = declarative_base()\n\n"
        f"class Payment(Base):\n    __tablename__ = 'payments'\n    id = Column(Integer, primary_key=True)\n"
        f"    card_number = {column}\n{more}"
    }


RETAINED = """
logs.LogGroup(self, "L", retention=logs.RetentionDays.ONE_MONTH)
s3.Bucket(self, "B", lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))])
dynamodb.Table(self, "T", partition_key=key, time_to_live_attribute="expires")
"""
TERRAFORM_RETAINED = """
resource "aws_cloudwatch_log_group" "app" {
  retention_in_days = 30
}

resource "aws_s3_bucket" "files" {
  bucket = "files"
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  bucket = aws_s3_bucket.files.id
  rule {
    id     = "all"
    status = "Enabled"
    expiration {
      days = 90
    }
  }
}

resource "aws_dynamodb_table" "sessions" {
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}
"""
TABLE_BY_API = """
import boto3

class Tables:
    def __init__(self):
        self.client = boto3.client("dynamodb")

    def create(self):
        self.client.create_table(TableName="sessions", KeySchema=[], AttributeDefinitions=[])
        self._expire()

    def _expire(self):
        self.client.update_time_to_live(
            TableName="sessions", TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True}
        )

tables = Tables()
tables.create()
"""
ENCRYPTED = """
rds.DatabaseInstance(self, "D", engine=engine, storage_encrypted=True)
cache.CfnReplicationGroup(self, "C", at_rest_encryption_enabled=True, transit_encryption_enabled=True)
search.Domain(
    self, "S", node_to_node_encryption=True, enforce_https=True,
    encryption_at_rest=search.EncryptionAtRestOptions(enabled=True),
)
efs.FileSystem(self, "F", vpc=vpc, encrypted=True)
ec2.Volume(self, "V", encrypted=True)
dynamodb.Table(self, "T", partition_key=key)
s3.Bucket(self, "B")
"""
TERRAFORM_ENCRYPTED = """
resource "aws_db_instance" "main" {
  storage_encrypted = true
}

resource "aws_elasticache_replication_group" "cache" {
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
}

resource "aws_opensearch_domain" "search" {
  encrypt_at_rest {
    enabled = true
  }
  node_to_node_encryption {
    enabled = true
  }
  domain_endpoint_options {
    enforce_https = true
  }
}

resource "aws_redshift_cluster" "warehouse" {
  encrypted = true
}
"""
