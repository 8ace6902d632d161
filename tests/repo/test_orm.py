"""ORM classes of six libraries and the statements on them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.orm import Model, Statement

SQLALCHEMY = """
from sqlalchemy import Column, ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Owned:
    tenant_id = Column(String, nullable=False)

class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    orders = relationship("Order", cascade="all, delete-orphan")

class Order(Owned, Base):
    __tablename__ = "orders"
    id = Column(String, primary_key=True)
    user_id = Column(String, ForeignKey("users.id", ondelete="CASCADE"))
"""


def repo_of(folder: Path, **files: str) -> Repo:
    for name, text in files.items():
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(text))
    return Repo(folder)


def model(repo: Repo, name: str) -> Model:
    return next(m for m in repo.orm.models if m.name == name)


def statements(folder: Path, body: str) -> list[Statement]:
    """The statements of a module that stands beside the SQLAlchemy models."""
    head = "from sqlalchemy import and_, delete, func, or_, select, update\nfrom models import Order, User\n"
    return list(repo_of(folder, models=SQLALCHEMY, app=head + textwrap.dedent(body)).orm.statements)


def one(folder: Path, body: str) -> Statement:
    found = statements(folder, body)
    assert len(found) == 1, found
    return found[0]


def test_sqlalchemy_classes_have_own_and_inherited_columns(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, models=SQLALCHEMY)
    assert [m.name for m in repo.orm.models] == ["User", "Order"]
    assert {c.name for c in model(repo, "Order").columns} == {"tenant_id", "id", "user_id"}
    assert {c.name for c in model(repo, "User").columns} == {"id", "email"}
    assert model(repo, "User").cascades_to == ("Order",)


def test_tenant_column_and_foreign_key(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, models=SQLALCHEMY)
    order, user = model(repo, "Order"), model(repo, "User")
    assert order.tenant_column is not None
    assert user.tenant_column is None
    key = order.column("user_id")
    assert key is not None
    assert (key.references, key.on_delete, key.type, key.line) == ("users", "CASCADE", "String", 20)
    assert repo.orm.referenced(key) == [user]


@pytest.mark.parametrize(
    ("source", "table", "columns"),
    [
        (
            """
            from sqlmodel import Field, Relationship, SQLModel
            class UserBase(SQLModel):
                email: str
            class M(UserBase, table=True):
                id: int | None = Field(default=None, primary_key=True)
                owner_id: int = Field(foreign_key="team.id", ondelete="CASCADE")
                items: list["Item"] = Relationship(back_populates="owner")
            """,
            "m",
            {"email", "id", "owner_id"},
        ),
        (
            """
            from django.db import models
            class Stamped(models.Model):
                class Meta:
                    abstract = True
                email = models.EmailField()
            class M(Stamped):
                user = models.ForeignKey("auth.User", on_delete=models.CASCADE)
                tags = models.ManyToManyField("Tag")
            """,
            "m",
            {"email", "user_id"},
        ),
        (
            """
            from flask_sqlalchemy import SQLAlchemy
            db = SQLAlchemy()
            class M(db.Model):
                id = db.Column(db.Integer, primary_key=True)
                mail = db.Column("email", db.String(80))
            """,
            "m",
            {"id", "email"},
        ),
        (
            """
            from tortoise import fields, models
            class M(models.Model):
                owner = fields.ForeignKeyField("app.User", on_delete=fields.CASCADE)
                phone = fields.CharField(max_length=20)
            """,
            "m",
            {"owner_id", "phone"},
        ),
        (
            """
            from peewee import CharField, ForeignKeyField, Model
            class M(Model):
                name = CharField()
            """,
            "m",
            {"name"},
        ),
        (
            """
            from sqlalchemy import Column, String, Table
            class M(Base):
                __table__ = Table("people", metadata, Column("id", String), Column("email", String))
            """,
            "people",
            {"id", "email"},
        ),
        (
            """
            from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr
            class Base(DeclarativeBase):
                @declared_attr.directive
                def __tablename__(cls) -> str:
                    return cls.__name__.lower()
            class M(Base):
                email: Mapped[str]
            """,
            "m",
            {"email"},
        ),
    ],
    ids=["sqlmodel", "django", "flask", "tortoise", "peewee", "imperative", "declared"],
)
def test_every_family_of_models_is_read(tmp_path: Path, source: str, table: str, columns: set[str]) -> None:
    found = repo_of(tmp_path, models=source).orm.models
    assert [m.name for m in found] == ["M"]
    assert found[0].table == table
    assert {c.name for c in found[0].columns} == columns


@pytest.mark.parametrize(
    "source",
    [
        "from pydantic import BaseModel, Field\nclass User(BaseModel):\n    email: str = Field()\n",
        "from sqlmodel import SQLModel\nclass User(SQLModel):\n    email: str\n",
        "class Form:\n    email = CharField()\n",
        "from django import forms\nclass Form(forms.Form):\n    email = forms.CharField()\n",
    ],
)
def test_schemas_and_forms_are_no_models(tmp_path: Path, source: str) -> None:
    assert repo_of(tmp_path, models=source).orm.models == ()


@pytest.mark.parametrize(
    ("line", "kind", "columns"),
    [
        ("db.query(Order).filter(Order.tenant_id == t, Order.id == i).first()", "select", ["tenant_id", "id"]),
        ("db.query(Order).filter_by(tenant_id=t).delete()", "delete", ["tenant_id"]),
        ("db.query(Order.id).filter(and_(t == Order.tenant_id, Order.id > 3)).all()", "select", ["tenant_id"]),
        ("db.query(Order).filter(or_(Order.tenant_id == t, Order.id == i)).all()", "select", []),
        ("db.execute(select(Order).where((Order.tenant_id == t) & (Order.id == i)))", "select", ["tenant_id", "id"]),
        ("db.execute(update(Order).where(Order.id == i).values(user_id=None))", "update", ["id"]),
        ("db.execute(delete(Order).where(Order.user_id.in_(ids)))", "delete", ["user_id"]),
        ("db.get(Order, i)", "get", ["id"]),
        ("Order.query.filter_by(tenant_id=t).all()", "select", ["tenant_id"]),
    ],
)
def test_a_chain_is_one_statement(tmp_path: Path, line: str, kind: str, columns: list[str]) -> None:
    found = one(tmp_path, f"def f(db, t, i, ids):\n    return {line}\n")
    assert (found.kind, [m.name for m in found.models]) == (kind, ["Order"])
    assert [c.column for c in found.conditions] == columns
    assert found.function is not None


def test_an_update_names_what_it_overwrites(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        """
        def f(db, i):
            db.execute(update(User).where(User.id == i).values(email=""))
            db.query(User).filter(User.id == i).update({"email": "", User.id: 3})
        """,
    )
    assert [s.sets for s in found] == [("email",), ("email", "id")]
    assert {s.kind for s in found} == {"update"}


def test_counting_is_marked(tmp_path: Path) -> None:
    found = statements(
        tmp_path,
        """
        def f(db):
            db.query(Order).count()
            db.scalar(select(func.count(Order.id)))
            db.scalar(select(func.count()).select_from(Order))
            db.query(Order).all()
        """,
    )
    assert [s.is_count for s in found] == [True, True, True, False]


def test_a_later_line_may_add_a_condition(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        """
        def f(db, t, page):
            query = select(Order)
            query = query.where(Order.tenant_id == t)
            if page:
                query = query.where(Order.id > page)
            return db.execute(query)
        """,
    )
    assert [c.column for c in found.conditions] == ["tenant_id"]


@pytest.mark.parametrize(
    "body",
    [
        """
        def f(db, t):
            query = db.query(Order)
            if t:
                query = query.filter(Order.tenant_id == t)
            return query.all()
        """,
        """
        def f(db, t, all_of_them):
            if all_of_them:
                query = db.query(Order)
            else:
                query = t.filter(Order.tenant_id == t)
            return query.all()
        """,
    ],
)
def test_a_condition_on_one_branch_only_does_not_count(tmp_path: Path, body: str) -> None:
    assert one(tmp_path, body).conditions == ()


def test_conditions_collected_in_a_list(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        """
        def f(db, t):
            wanted = [Order.tenant_id == t]
            return db.query(Order).filter(*wanted).all()
        """,
    )
    assert [c.column for c in found.conditions] == ["tenant_id"]


@pytest.mark.parametrize(
    "body",
    [
        "def f(db, i):\n    user = db.query(User).filter(User.id == i).first()\n    db.delete(user)\n",
        "def f(db, i):\n    user = db.get(User, i)\n    db.delete(user)\n",
        "async def f(db, i):\n    found = await db.execute(select(User).where(User.id == i))\n"
        "    user = found.scalar_one()\n    await db.delete(user)\n",
        "def f(db, i):\n    for user in db.query(User).all():\n        db.delete(user)\n",
        "def load(db, i):\n    return db.get(User, i)\ndef f(db, i):\n    db.delete(load(db, i))\n",
        "def f(db, user: User):\n    db.delete(user)\n",
    ],
)
def test_a_loaded_object_that_is_deleted(tmp_path: Path, body: str) -> None:
    removals = [s for s in statements(tmp_path, body) if s.kind == "remove"]
    assert [[m.name for m in s.models] for s in removals] == [["User"]]


def test_deleting_something_about_an_object_is_not_deleting_it(tmp_path: Path) -> None:
    body = """
    def f(db, cache, i):
        user = db.get(User, i)
        cache.delete(f"u:{user.id}")
        cache.delete(user.email)
    """
    assert one(tmp_path, body).kind == "get"


@pytest.mark.parametrize(
    ("body", "count"),
    [("self.session.delete(item)", 1), ("item.status = 'gone'", 0), ("self.delete(item)", 0), ("pass", 0)],
)
def test_a_method_named_delete_counts_by_what_it_does(tmp_path: Path, body: str, count: int) -> None:
    source = f"""
    class Store:
        def delete(self, item):
            {body}
    def f(i, user: User):
        Store().delete(user)
    """
    assert len([s for s in statements(tmp_path, source) if s.kind == "remove"]) == count


def test_django_managers(tmp_path: Path) -> None:
    repo = repo_of(
        tmp_path,
        models="from django.db import models\nclass Note(models.Model):\n    user_id = models.IntegerField()\n",
        views="""
        from models import Note
        def f(request):
            Note.objects.filter(user_id=request.user.id).delete()
            note = Note.objects.get(pk=3)
            note.delete()
        """,
    )
    assert [(s.kind, [c.column for c in s.conditions]) for s in repo.orm.statements] == [
        ("delete", ["user_id"]),
        ("select", ["pk"]),
        ("remove", []),
    ]


def test_hostile_sources_do_no_harm(tmp_path: Path) -> None:
    deep = "q = db.query(A)" + ".filter(A.x == 1)" * 400 + "\n"
    loop = "class A(B):\n    __tablename__ = 'a'\n    x = Column()\nclass B(A):\n    pass\nx = y\ny = x\nq.delete(x)\n"
    assert repo_of(tmp_path, bad="def (", loop=loop, deep=f"from loop import A\n{deep}").orm.statements
