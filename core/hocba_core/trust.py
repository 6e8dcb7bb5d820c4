"""Whom we believe, per role: people chain to public CAs, a public school's seal to the government's.

Roots come from files that a person put there (trust.toml, or people-*.pem and seal-*.pem in a folder),
each with its source and a version. Beside them may lie issuers that are known (issuer-*.pem), believed only
through a root. Paths are built and checked by pyHanko's certvalidator; verdicts are kept by certificate, chain,
the role's roots and the day (a chain costs 3 ms, a signature 0.1).
"""

from __future__ import annotations

import tomllib
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError, ValidationError

from hocba_core.certificate import Certificate
from hocba_core.errors import BadInput, SettingWrong


class Role(StrEnum):
    PEOPLE = "people"
    SEAL = "seal"


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    trusted: bool
    reason: str = ""
    """"" or: no_path (unknown issuer), invalid (a rule of the path failed)."""
    path: tuple[bytes, ...] = ()
    """The issuers between the certificate and the root, DER, nearest first; empty when not trusted."""


@dataclass(frozen=True, slots=True)
class TrustStore:
    people: tuple[bytes, ...]
    """Roots, DER."""
    seal: tuple[bytes, ...]
    version: str
    """Named in every verdict."""
    issuers: tuple[bytes, ...] = ()
    """Of intermediate CAs, DER: for completing the chain of a token that holds none. No verdict rests on them."""

    @staticmethod
    def of(
        people: Iterable[bytes], seal: Iterable[bytes], version: str = "", issuers: Iterable[bytes] = ()
    ) -> TrustStore:
        """From PEM texts; without a version, a short hash of the roots is one."""
        people_der, seal_der = _certificates(people), _certificates(seal)
        if not version:
            version = sha256(b"".join((*people_der, b"|", *seal_der))).hexdigest()[:12]
        return TrustStore(people_der, seal_der, version, _certificates(issuers))

    @staticmethod
    def at(path: Path) -> TrustStore:
        """What an operator may name: a trust.toml, a folder that holds one, or a folder of people-*.pem and seal-*.pem.

        Raises SettingWrong.
        """
        listed = path / "trust.toml" if path.is_dir() else path
        return TrustStore.load_toml(listed) if listed.is_file() else TrustStore.load(path)

    @staticmethod
    def load(folder: Path) -> TrustStore:
        """people-*.pem, seal-*.pem and issuer-*.pem of a folder. Raises SettingWrong when a role has no root."""
        people, seal, issuers = (
            [path.read_bytes() for path in sorted(folder.glob(f"{kind}-*.pem"))]
            for kind in ("people", "seal", "issuer")
        )
        if not people or not seal:
            raise SettingWrong(setting="trust", rule="people-*.pem and seal-*.pem must be there")
        return TrustStore.of(people, seal, issuers=issuers)

    @staticmethod
    def load_toml(path: Path) -> TrustStore:
        """`version = "…"` and [[people]], [[seal]] and, where wanted, [[issuers]] tables with `file` and `source`."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            listed = {"people": data["people"], "seal": data["seal"], "issuers": data.get("issuers", [])}
            texts = {
                kind: [(path.parent / entry["file"]).read_bytes() for entry in entries]
                for kind, entries in listed.items()
            }
            for entries in listed.values():
                for entry in entries:
                    entry["source"]  # where the certificate was taken from must be written down
            return TrustStore.of(version=str(data["version"]), **texts)
        except (KeyError, OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingWrong(setting="trust", rule=f"{path.name}: {error}") from error

    def roots(self, role: Role) -> tuple[bytes, ...]:
        return self.people if role is Role.PEOPLE else self.seal

    def judge(self, role: Role, certificate: bytes, chain: tuple[bytes, ...], at: datetime) -> ChainVerdict:
        """Does a path lead from the certificate through `chain` to a root of that role, valid at `at`?

        Revocation is not asked here. The dates of the certificate itself are judged to the second by whoever
        calls; within one UTC day the path's verdict is kept.
        """
        return _judge(self.roots(role), certificate, chain, at.date(), _Moment(at))


def _certificates(texts: Iterable[bytes]) -> tuple[bytes, ...]:
    found = []
    for text in texts:
        try:
            found += [Certificate.read(der).der for _, _, der in pem.unarmor(text, multiple=True)]
        except (ValueError, BadInput) as error:
            raise SettingWrong(setting="trust", rule="PEM certificates") from error
    return tuple(found)


class _Moment:
    """An argument that says nothing to a cache's key: the day beside it does."""

    __slots__ = ("value",)

    def __init__(self, value: datetime) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Moment)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8192)
def _judge(
    roots: tuple[bytes, ...], certificate: bytes, chain: tuple[bytes, ...], day: date, at: _Moment
) -> ChainVerdict:
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(root) for root in roots],
        moment=at.value,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    try:
        validator = CertificateValidator(
            asn1_x509.Certificate.load(certificate),
            intermediate_certs=[asn1_x509.Certificate.load(der) for der in chain],
            validation_context=context,
        )
        path = _finish(validator.async_validate_path())
        issuers = [found.dump() for found in path.iter_certs(include_root=False)]
    except PathBuildingError:
        return ChainVerdict(False, "no_path")
    except (PathValidationError, ValidationError, ValueError):
        return ChainVerdict(False, "invalid")
    return ChainVerdict(True, "", tuple(issuers[-2::-1]))


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits: with fetching off the validator awaits nothing real.

    So it may be called with or without a running event loop.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("the path validator tried to wait")
