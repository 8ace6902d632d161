"""Small sources that the examples on personal data share."""

PATTERNS = r"""
import re

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?:\+46|\b0)[ -]?\d{1,3}[ -]?\d[\d -]{4,9}\d")
PERSONAL_NUMBER = re.compile(r"\b(?:\d{2})?\d{6}[-+]\d{4}\b")
"""
MASKING = (
    PATTERNS
    + """

def mask(text: str) -> str:
    for pattern in (EMAIL, PHONE, PERSONAL_NUMBER):
        text = pattern.sub("***", text)
    return text
"""
)
IDENTITY = """
def mask(text):
    # TODO: mask e-mail addresses, phone numbers and personal identity numbers
    return text
"""
MODELS = """
from sqlalchemy import Column, ForeignKey, String
from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase):
    pass

class User(Base):
    __tablename__ = "users"
    id = Column(String, primary_key=True)
    email = Column(String)

class Note(Base):
    __tablename__ = "notes"
    id = Column(String, primary_key=True)
    user_id = Column(String, ForeignKey("users.id"))
    text = Column(String)
"""
AUTH = """
import jwt
from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer

scheme = OAuth2PasswordBearer(tokenUrl="token")

def current_user(token: str = Depends(scheme)) -> str:
    try:
        return jwt.decode(token, key(), algorithms=["RS256"])["sub"]
    except jwt.PyJWTError as error:
        raise HTTPException(401) from error
"""
APP = """
from fastapi import FastAPI
from routes import router

app = FastAPI()
app.include_router(router)
"""


def served(route: str, **modules: str) -> dict[str, str]:
    """A FastAPI application whose router holds the given source; `modules` are further files by name."""
    head = "from fastapi import APIRouter, Depends\n\nrouter = APIRouter()\n"
    files = {"app.py": APP, "routes.py": head + route}
    return files | {f"{name}.py": text for name, text in modules.items()}
