"""Sessions."""

from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from fyren.settings import settings

Sessions = sessionmaker(create_engine(settings.database_url))


def open_session() -> Iterator[Session]:
    """One session a request."""
    with Sessions.begin() as session:
        yield session
