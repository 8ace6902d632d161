"""Are stores encrypted, and columns that hold the most telling numbers of a person?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.modules import Class, Function, Module, Site, call_name
from pytest_readiness.repo.names import External
from pytest_readiness.repo.orm import Column
from pytest_readiness.repo.pii import pii_phrase
from pytest_readiness.repo.stores import (
    BUCKET,
    CACHE,
    DATABASE,
    FILES,
    SEARCH,
    TABLE,
    VOLUME,
    WAREHOUSE,
    Store,
)

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

KINDS = (BUCKET, TABLE, DATABASE, CACHE, SEARCH, FILES, VOLUME, WAREHOUSE)
_SENSITIVE = frozenset(
    {
        "personnummer", "personal number", "personal identity number", "ssn", "social security number", "national id",
        "passport", "passport number", "iban", "bank account", "bank account number", "card number", "credit card",
        "credit card number",
    }
)  # fmt: skip
_CIPHERS = (
    "cryptography.", "Crypto.", "Cryptodome.", "nacl.", "sqlalchemy_utils.", "boto3.", "botocore.",
    "aws_encryption_sdk.", "google.cloud.kms", "azure.keyvault.keys", "django_cryptography.", "encrypted_fields.",
    "encrypted_model_fields.", "fernet_fields.", "sqlalchemy_encrypted", "jwcrypto.", "age.", "pyrage.",
)  # fmt: skip
_EFS_FLAG = "@aws-cdk/aws-efs:defaultEncryptionAtRest"
_DEPTH = 4
"""Most functions that an encryption is handed through."""


@dataclass(frozen=True)
class Verdict:
    """Whether something is encrypted, where that is said, and why not."""

    ok: bool
    place: Site | None = None
    why: str = ""


class Encryption:
    """Encryption of stores and columns."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def stores(self) -> tuple[Store, ...]:
        """The stores that ought to be encrypted."""
        return tuple(self._repo.stores.of(*KINDS))

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """ORM columns that hold identity, passport, bank account or card numbers."""
        return tuple(c for m in self._repo.orm.models for c in m.columns if pii_phrase(c.name) in _SENSITIVE)

    def of(self, store: Store) -> Verdict:
        """Whether the store is encrypted; what several calls create, by all of them."""
        verdicts = [self._of(store, settings) for settings in store.settings]
        return next((v for v in verdicts if not v.ok), verdicts[0])

    def _of(self, store: Store, settings: Datum) -> Verdict:
        rules: dict[str, Callable[[Store, Datum], Verdict]] = {
            DATABASE: _database, CACHE: _cache, SEARCH: _search,
            FILES: self._files, VOLUME: _flag, WAREHOUSE: _warehouse,
        }  # fmt: skip
        rule = rules.get(store.kind)
        return rule(store, settings) if rule else Verdict(True)

    def _files(self, store: Store, settings: Datum) -> Verdict:
        """A construct of CDK is encrypted by default where the app's feature flag says so."""
        unset = settings.get("encrypted") is None
        is_construct = store.resource is not None and store.resource.type == ("efs", "filesystem")
        for document in self._repo.infra.cdk_files.values() if unset and is_construct else ():
            flag = document.get("context", _EFS_FLAG)
            if flag is not None and flag.is_true:
                return Verdict(True, Site(flag.path, flag.line, "encrypted by default"))
        return _flag(store, settings)

    def of_column(self, column: Column) -> Verdict:
        """Whether the column's type or every writer of it encrypts."""
        if self._is_encrypting(column):
            return Verdict(True, Site(column.path, column.line, "an encrypting column type"))
        writes = [(m, v) for m, v in self._writes if v[0] in (column.name, column.attribute)]
        clear = [(m, v) for m, v in writes if not self._encrypts(m, v[1])]
        if writes and not clear:
            module, (_, value) = writes[0]
            return Verdict(True, module.at(value, "encrypted before it is stored"))
        return Verdict(False, None, "neither its type nor its writer encrypts")

    @cached_property
    def _writes(self) -> list[tuple[Module, tuple[str, ast.expr]]]:
        """Attributes and keywords of models that are set: name and value."""
        wanted = {n for c in self.columns for n in (c.name, c.attribute)}
        found: list[tuple[Module, tuple[str, ast.expr]]] = []
        for module in self._repo.product if wanted else ():
            for node in module.nodes:
                if isinstance(node, ast.Assign):
                    attributes = [t for t in node.targets if isinstance(t, ast.Attribute) and t.attr in wanted]
                    found += [(module, (t.attr, node.value)) for t in attributes if not _is_self(t.value)]
                elif isinstance(node, ast.Call) and self._constructs_model(module, node):
                    found += [(module, (k.arg, k.value)) for k in node.keywords if k.arg in wanted and k.arg]
        return found

    def _constructs_model(self, module: Module, call: ast.Call) -> bool:
        return any(self._repo.orm.model_of(c) for c in self._repo.names.constructed(module, call))

    def _is_encrypting(self, column: Column) -> bool:
        """A type named for encryption of a library, or one of the repository that encrypts what it binds."""
        nodes = [n for n in ast.walk(column.node) if isinstance(n, ast.Name | ast.Attribute)]
        for node in nodes:
            for symbol in self._repo.names.resolve(column.cls.module, node):
                if isinstance(symbol, External) and "encrypt" in symbol.name.lower():
                    return True
                if isinstance(symbol, Class) and self._binds_encrypted(symbol):
                    return True
        return False

    def _binds_encrypted(self, cls: Class) -> bool:
        for name in ("process_bind_param", "get_prep_value", "get_db_prep_value", "impl_bind"):
            method = self._repo.names.method(cls, name)
            if method is not None and any(self._is_cipher(method.module, c, _DEPTH) for c in method.calls):
                return True
        return any(isinstance(b, External) and "encrypt" in b.name.lower() for b in self._repo.names.ancestry(cls))

    def _encrypts(self, module: Module, value: ast.expr) -> bool:
        """Whether a stored value is what an encryption returned."""
        origins = self._repo.origins.of(module, value)
        nodes = [(module, value), *((o.module, o.node) for o in origins)]
        return any(self._is_cipher(m, n, _DEPTH) for m, v in nodes for n in ast.walk(v) if isinstance(n, ast.Call))

    def _is_cipher(self, module: Module, call: ast.Call, depth: int) -> bool:
        """A call of `encrypt` of a library, or of a real function that makes one."""
        if depth <= 0:
            return False
        if "encrypt" in call_name(call).lower():
            names = self._repo.names.dotted(module, call.func)
            if any(n.startswith(_CIPHERS) for n in names):
                return True
        functions = self._repo.names.functions(module, call.func)
        return any(self._holds_cipher(f, depth - 1) for f in functions)

    def _holds_cipher(self, function: Function, depth: int) -> bool:
        return any(self._is_cipher(function.module, c, depth) for c in function.calls)


def _said(settings: Datum, keys: tuple[tuple[str, ...], ...]) -> tuple[Datum | None, Datum | None]:
    """Of settings that mean the same, the first that is given, and it again where it is true."""
    given = next((d for k in keys if (d := settings.get(*k)) is not None), None)
    return given, given if given is not None and given.is_true else None


def _all_true(settings: Datum, needed: Mapping[str, tuple[tuple[str, ...], ...]]) -> Verdict:
    """Every setting is true; else what is missing or off."""
    places = []
    for label, keys in needed.items():
        given, true = _said(settings, keys)
        if true is None:
            place = Site(given.path, given.line, f"{label} is off or computed") if given is not None else None
            return Verdict(False, place, f"{label} is not on")
        places.append(Site(true.path, true.line, f"{label} is on"))
    return Verdict(True, places[0])


def _flag(store: Store, settings: Datum) -> Verdict:
    del store
    return _all_true(settings, {"encryption at rest": (("encrypted",),)})


def _database(store: Store, settings: Datum) -> Verdict:
    """Constructs of CDK are encrypted with a key of one's own, and serverless clusters always."""
    kind = store.resource.type[1] if store.resource else ""
    key, given = settings.get("storage_encryption_key"), settings.get("storage_encrypted")
    mode = settings.get("engine_mode")
    always = kind == "serverlesscluster" or (mode is not None and mode.text == "serverless")
    if given is None and (always or (kind.startswith("database") and key is not None and key.is_set)):
        return Verdict(True, Site(key.path, key.line, "encrypted with this key") if key else None)
    return _all_true(settings, {"encryption at rest": (("storage_encrypted",),)})


def _cache(store: Store, settings: Datum) -> Verdict:
    kind = store.resource.type[1] + store.resource.kind if store.resource else call_name(store.calls[0].node)
    if "serverless" in kind.lower():
        return Verdict(True, None, "always encrypted")
    if "replication" not in kind.lower():
        return Verdict(False, None, "a cache cluster cannot encrypt at rest; use a replication group")
    needed = {
        "encryption at rest": (("at_rest_encryption_enabled",),),
        "encryption in transit": (("transit_encryption_enabled",),),
    }
    return _all_true(settings, needed)


def _search(store: Store, settings: Datum) -> Verdict:
    del store
    basic = settings.get("use_unsigned_basic_auth")
    if basic is not None and basic.is_true:
        return Verdict(True, Site(basic.path, basic.line, "switches all three on"))
    needed: dict[str, tuple[tuple[str, ...], ...]] = {
        "encryption at rest": (
            ("encryption_at_rest", "enabled"), ("encryption_at_rest_options", "enabled"),
            ("encrypt_at_rest", "enabled"),
        ),
        "node-to-node encryption": (
            ("node_to_node_encryption_options", "enabled"), ("node_to_node_encryption", "enabled"),
            ("node_to_node_encryption",),
        ),
        "enforced HTTPS": (("enforce_https",), ("domain_endpoint_options", "enforce_https")),
    }  # fmt: skip
    return _all_true(settings, needed)


def _warehouse(store: Store, settings: Datum) -> Verdict:
    """The construct of CDK is encrypted by default."""
    is_construct = store.resource is not None and store.resource.type == ("redshift", "cluster")
    if is_construct and store.resource and store.resource.language == "cdk" and settings.get("encrypted") is None:
        return Verdict(True, None, "encrypted by default")
    return _flag(store, settings)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
