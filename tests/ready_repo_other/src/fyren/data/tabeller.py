"""The tables."""

from datetime import datetime

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Text
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Company(Base):
    """A customer."""

    __tablename__ = "companies"
    id = Column(String, primary_key=True)


class Person(Base):
    """Somebody who logs in."""

    __tablename__ = "persons"
    id = Column(String, primary_key=True)
    tenant_id = Column(String, ForeignKey("companies.id"), nullable=False)
    email = Column(String, nullable=False)


class Protocol(Base):
    """Minutes of a meeting."""

    __tablename__ = "protocols"
    id = Column(Integer, primary_key=True)
    tenant_id = Column(String, ForeignKey("companies.id"), nullable=False)
    person_id = Column(String, ForeignKey("persons.id"), nullable=False)
    text = Column(Text, nullable=False)
    created = Column(DateTime, default=datetime.utcnow)
