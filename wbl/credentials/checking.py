"""Whether a document is one by the data model of Open Badges 3.0; every fault with where it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wbl.credentials.multibase import key_of
from wbl.credentials.specification import (
    BADGE_CONTEXT,
    CLASSES,
    DATES,
    LATER,
    OPEN,
    TYPES,
    UNTYPED,
    V1_DATE,
    VOCABULARIES,
    Property,
)

DEEPEST = 24
"""Levels of objects within objects; an honest document has a handful."""
MOST_FAULTS = 20
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+")
_KNOWN_METHODS = re.compile(r"https?://|did:(key|web|jwk):")
"""Where a key that an embedded proof names may lie."""
_DATA_INTEGRITY = ("DataIntegrityProof", "Ed25519Signature2020")


@dataclass(frozen=True, slots=True)
class Fault:
    """``code`` says what is wrong (see ``words.py``), ``path`` where, ``about`` with or instead of what."""

    code: str
    path: str = ""
    about: str = ""


def check(document: dict[str, Any]) -> list[Fault]:
    """The faults of an achievement or endorsement credential, the first ones where there are many."""
    name = "EndorsementCredential" if _has(document, "EndorsementCredential") else "AchievementCredential"
    found = []
    for fault in _credential(document, name, "", 0):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return found


def dates_of(document: dict[str, Any]) -> tuple[str, str]:
    """What the two dates of a document are called, by the version of its data model."""
    contexts = _several(document.get("@context"))
    first = contexts[0] if contexts and isinstance(contexts[0], str) else ""
    return DATES.get(first, ("validFrom", "validUntil"))


def moment_of(value: Any) -> datetime | None:
    """A date and time with its zone; None where it is none."""
    if not isinstance(value, str) or "T" not in value.upper():
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _several(value: Any) -> list[Any]:
    """In JSON-LD one value and a list of one are the same."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _has(value: dict[str, Any], kind: str) -> bool:
    return kind in _several(value.get("type"))


def _credential(document: dict[str, Any], name: str, path: str, depth: int) -> Iterator[Fault]:
    yield from _contexts(document, path)
    since, until = dates_of(document)
    yield from _property(document, since, Property("DateTime", 1, 1), path, depth)
    yield from _property(document, until, Property("DateTime", 0, 1), path, depth)
    older = since == V1_DATE
    for fault in _members(document, name, path, depth):
        if not (older and fault.code == "missing" and fault.path in (f"{path}{key}" for key in LATER[name])):
            yield fault
    if depth == 0:  # an endorsement within is its own credential, for whoever asks about it
        for at, proof in enumerate(_several(document.get("proof"))):
            if isinstance(proof, dict):
                yield from _proof(proof, f"{path}proof[{at}].")


def _contexts(document: dict[str, Any], path: str) -> Iterator[Fault]:
    contexts = _several(document.get("@context"))
    where = f"{path}@context"
    if not contexts:
        yield Fault("missing", where)
    elif contexts[0] not in tuple(DATES):  # which may be no text at all
        yield Fault("context", where, next(iter(DATES)))
    elif len(contexts) < 2 or not str(contexts[1]).startswith(BADGE_CONTEXT):
        yield Fault("context", where, BADGE_CONTEXT)


def _object(value: dict[str, Any], name: str, path: str, depth: int) -> Iterator[Fault]:
    """``path`` ends with a dot, where it is not the document itself."""
    if depth > DEEPEST:
        yield Fault("deep", path.rstrip("."))
    elif name in TYPES:
        yield from _credential(value, name, path, depth)
    else:
        yield from _members(value, name, path, depth)


def _members(value: dict[str, Any], name: str, path: str, depth: int) -> Iterator[Fault]:
    if name not in UNTYPED:
        yield from _types(value, TYPES.get(name, ((name,),)), path)
    for key, wanted in CLASSES[name].items():
        yield from _property(value, key, wanted, path, depth)
    if name == "AchievementSubject":
        yield from _subject(value, path)


def _types(value: dict[str, Any], groups: tuple[tuple[str, ...], ...], path: str) -> Iterator[Fault]:
    if not _several(value.get("type")):
        yield Fault("missing", f"{path}type")
        return
    for group in groups:
        if not any(_has(value, kind) for kind in group):
            yield Fault("type", f"{path}type", group[0])


def _property(value: dict[str, Any], key: str, wanted: Property, path: str, depth: int) -> Iterator[Fault]:
    found = _several(value.get(key))
    if len(found) < wanted.least:
        yield Fault("missing", path + key)
    if wanted.most is not None and len(found) > wanted.most:
        yield Fault("many", path + key)
        return
    for at, one in enumerate(found):
        where = f"{path}{key}[{at}]" if isinstance(value.get(key), list) else path + key
        yield from _value(one, wanted.holds, where, depth)


def _value(one: Any, holds: str, where: str, depth: int) -> Iterator[Fault]:
    if holds == "ProfileRef":  # an issuer may be named by its address alone
        holds = "URI" if isinstance(one, str) else "Profile"
    if holds in CLASSES:
        if isinstance(one, dict):
            yield from _object(one, holds, f"{where}.", depth + 1)
        else:
            yield Fault("kind", where, holds)
    elif holds in VOCABULARIES:
        added = holds in OPEN and isinstance(one, str) and one.startswith("ext:")
        if one not in VOCABULARIES[holds] and not added:
            yield Fault("word", where, ", ".join(VOCABULARIES[holds]))
    elif not _is(one, holds):
        yield Fault("kind", where, holds)


def _is(one: Any, holds: str) -> bool:
    if holds == "Boolean":
        return isinstance(one, bool)
    if holds == "Number":
        return isinstance(one, int | float) and not isinstance(one, bool)
    if not isinstance(one, str):
        return False
    if holds == "URI":
        return _URI.fullmatch(one) is not None
    if holds == "Jws":
        return _JWS.fullmatch(one) is not None
    return moment_of(one) is not None if holds == "DateTime" else True


def _subject(value: dict[str, Any], path: str) -> Iterator[Fault]:
    """What the specification says of a subject in words."""
    if not value.get("id") and not value.get("identifier"):
        yield Fault("missing", f"{path}id")
    achievement = value.get("achievement")
    described = achievement.get("resultDescription") if isinstance(achievement, dict) else None
    known = [one.get("id") for one in _several(described) if isinstance(one, dict)]
    for at, result in enumerate(_several(value.get("result"))):
        link = result.get("resultDescription") if isinstance(result, dict) else None
        if link is not None and link not in known:
            yield Fault("result", f"{path}result[{at}].resultDescription")


def _proof(proof: dict[str, Any], path: str) -> Iterator[Fault]:
    """Of the kinds that we know: that a key could be found by it. What it proves is another question."""
    if proof.get("type") not in _DATA_INTEGRITY:
        return
    for key in ("verificationMethod", "proofValue"):
        if not isinstance(proof.get(key), str):
            yield Fault("missing", path + key)
            return
    if proof.get("proofPurpose") != "assertionMethod":
        yield Fault("word", f"{path}proofPurpose", "assertionMethod")
    method = proof["verificationMethod"]
    if _URI.fullmatch(method) is None:
        return  # told already: no address
    if _KNOWN_METHODS.match(method) is None:
        yield Fault("method", f"{path}verificationMethod")
        return
    _address, _hash, fragment = method.rpartition("#" if "#" in method else ":")
    if fragment.startswith("z") and key_of(fragment) is None:
        yield Fault("key", f"{path}verificationMethod")
