"""What differs between environments."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once from FYREN_* variables."""

    model_config = SettingsConfigDict(env_prefix="FYREN_")

    database_url: str = "sqlite:///fyren.db"
    log_level: str = "INFO"
    vault_addr: str = "https://vault.internal:8200"


settings = Settings()
