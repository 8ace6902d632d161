"""Makes the tables that are missing: run once before the first start."""

from fyren.data.databas import Sessions
from fyren.data.tabeller import Base

if __name__ == "__main__":
    with Sessions.begin() as session:
        Base.metadata.create_all(session.connection())
