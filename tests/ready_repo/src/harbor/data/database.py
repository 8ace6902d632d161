"""Sessions of the database."""

import os
from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engine = create_engine(os.environ.get("DATABASE_URL") or "sqlite:///harbor.db")


def session() -> Iterator[Session]:
    """A session that commits when the request went well."""
    with Session(engine) as current, current.begin():
        yield current
