"""The protocols of one company."""

from sqlalchemy.orm import Session

from fyren.data.tabeller import Person, Protocol


class Protocols:
    """Everything here stays within the tenant it was made for."""

    def __init__(self, session: Session, tenant_id: str) -> None:
        self.session = session
        self.tenant_id = tenant_id

    def all(self) -> list[Protocol]:
        """Every protocol."""
        return self.session.query(Protocol).filter(Protocol.tenant_id == self.tenant_id).all()

    def add(self, person_id: str, text: str) -> Protocol:
        """A new one."""
        added = Protocol(tenant_id=self.tenant_id, person_id=person_id, text=text)
        self.session.add(added)
        return added

    def of_person(self, person_id: str) -> list[Protocol]:
        """What one person wrote."""
        return self.session.query(Protocol).filter_by(tenant_id=self.tenant_id, person_id=person_id).all()

    def forget(self, person_id: str) -> None:
        """Erases a person and what they wrote."""
        self.session.query(Protocol).filter_by(tenant_id=self.tenant_id, person_id=person_id).delete()
        self.session.query(Person).filter_by(tenant_id=self.tenant_id, id=person_id).delete()

    def person(self, person_id: str) -> Person:
        """The person; NoResultFound where there is none."""
        return self.session.query(Person).filter_by(tenant_id=self.tenant_id, id=person_id).one()
