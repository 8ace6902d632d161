"""The services as AWS offers them. What fails there is raised: the facade decides what happens then."""

import boto3


class BucketUploads:
    """Files in the uploads bucket, below a folder for each tenant."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._s3 = boto3.client("s3")

    def ping(self) -> None:
        self._s3.head_bucket(Bucket=self._bucket)

    def save(self, tenant_id: str, name: str, data: bytes) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=f"{tenant_id}/{name}", Body=data)

    def load(self, tenant_id: str, name: str) -> bytes:
        return self._s3.get_object(Bucket=self._bucket, Key=f"{tenant_id}/{name}")["Body"].read()


class TableSessions:
    """Sessions in the table, which drops those that have expired."""

    def __init__(self, table: str) -> None:
        self._table = boto3.resource("dynamodb").Table(table)

    def ping(self) -> None:
        self._table.load()

    def start(self, tenant_id: str, session_id: str, expires_at: int) -> None:
        self._table.put_item(Item={"id": f"{tenant_id}/{session_id}", "expires_at": expires_at})

    def end(self, tenant_id: str, session_id: str) -> None:
        self._table.delete_item(Key={"id": f"{tenant_id}/{session_id}"})
