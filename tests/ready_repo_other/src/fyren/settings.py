"""What differs between environments."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once from FYREN_* variables."""

    model_config = SettingsConfigDict(env_prefix="FYREN_")

    database_url: str = "sqlite:///fyren.db"
    platform_mode: str = "combined"
    breaker_failures: int = 5
    breaker_wait_s: int = 30
    bucket: str = "fyren-files"
    folder: str = "files"
    redis_url: str = "redis://localhost:6379/0"
    cache_ttl_s: int = 600
    log_level: str = "INFO"
    vault_addr: str = "https://vault.internal:8200"


settings = Settings()
