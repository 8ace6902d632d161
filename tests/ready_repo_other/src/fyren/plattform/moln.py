"""Storage and cache in the cloud; failures are raised, never hidden."""

import boto3
import redis

from fyren.matvarden import CACHE_HITS, CACHE_MISSES
from fyren.settings import settings


class BucketStorage:
    """S3."""

    def __init__(self, bucket: str) -> None:
        self.s3 = boto3.client("s3")
        self.bucket = bucket

    def put(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def get(self, key: str) -> bytes:
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def ping(self) -> None:
        self.s3.head_bucket(Bucket=self.bucket)


class RedisCache:
    """ElastiCache."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url, socket_timeout=1, decode_responses=True)

    def put(self, key: str, value: str) -> None:
        self.redis.set(key, value, ex=settings.cache_ttl_s)

    def get(self, key: str) -> str | None:
        value = self.redis.get(key)
        (CACHE_MISSES if value is None else CACHE_HITS).inc()
        return value

    def forget(self, prefix: str) -> None:
        for key in self.redis.scan_iter(f"{prefix}*"):
            self.redis.delete(key)

    def ping(self) -> None:
        self.redis.ping()
