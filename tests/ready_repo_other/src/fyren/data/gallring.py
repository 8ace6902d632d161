"""Old protocols go: a CronJob runs this every night."""

from datetime import datetime, timedelta

from fyren.data.databas import Sessions
from fyren.data.tabeller import Company, Protocol

DAYS_KEPT = 400


def prune(now: datetime) -> None:
    """Deletes what is older than the policy allows, company by company."""
    with Sessions.begin() as session:
        for company in session.query(Company).all():
            old = session.query(Protocol).filter(Protocol.tenant_id == company.id)
            old.filter(Protocol.created < now - timedelta(days=DAYS_KEPT)).delete()


if __name__ == "__main__":
    prune(datetime.utcnow())
