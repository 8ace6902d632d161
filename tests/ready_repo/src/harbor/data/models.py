"""What the database keeps."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Root of the tables."""


class Tenant(Base):
    """A customer company."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(primary_key=True)


class User(Base):
    """A person who logs in."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]


class Note(Base):
    """Minutes of one meeting."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    minutes: Mapped[str]
    created_at: Mapped[datetime]
