"""Documents of others: those of 1EdTech's own validator, held to the data model, and told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from wbl.credentials import revocation
from wbl.credentials.verifying import Report, Verdict, by_lists, unknown_status, verify

NOW = datetime(2026, 12, 1, tzinfo=UTC)
# What is wrong with each, by where it is; those of one fault have that one alone.
FAULTS = {
    "simple-err-context": "@context",
    "simple-err-credential-subject-achievement-result-description-type": (
        "credentialSubject.achievement.resultDescription[2].type"
    ),
    "simple-err-credential-subject-identifier-type": "credentialSubject.identifier[0].type",
    "simple-err-credential-subject-profile-type": "credentialSubject.source.type",
    "simple-err-credential-subject-result-type": "credentialSubject.result[1].type",
    "simple-err-credential-subject-type": "credentialSubject.type",
    "simple-err-evidence-type": "evidence[1].type",
    "simple-err-issued": "validFrom",
    "simple-err-issuer-otheridentifier-type": "issuer.otherIdentifier[1].type",
    "simple-err-issuer-parentorg-type": "issuer.parentOrg.type",
    "simple-err-issuer-type": "issuer.type",
    "simple-err-issuer": "issuer",
    "simple-err-proof-method-no-scheme": "proof[0].verificationMethod",
    "simple-err-proof-method-unknown-did-method": "proof[0].verificationMethod",
    "simple-err-proof-method-unknown-scheme": "proof[0].verificationMethod",
    "simple-err-proof-method": "proof[0].verificationMethod",
    "simple-err-type": "type",
    "simple-noproof": "proof",
}
# Well formed: what they are can only be said by whoever fetches what they name. Of the last two the fault
# lies there: a signature over another document, and addresses that answer nothing.
UNCHECKED = (
    *("complete", "endorsement-valid", "sd/derivedcredential", "simple", "simple_v1", "simple-context-alias"),
    *("simple-context-version", "simple-did-key-method", "simple-did-web-method", "simple-eddsa-2022"),
    *("simple-multiple-proofs", "simple-err-proof-value", "endorsement-err-schema-status-refresh"),
)
EXPIRED = ("simple-err-expired", "complete_v1")
REVOKED = (
    *("credential-status-revoked", "bit-string-list/credential-status-revoked"),
    "bit-string-list/credential-status-revoked-blank-nodes",
)


@pytest.fixture(scope="session")
def samples(shared_data: Path) -> Path:
    folder = shared_data / "open-badges-samples" / "inspector-vc" / "src" / "test" / "resources" / "ob30"
    if not folder.is_dir():
        pytest.skip("shared/data has no open-badges-samples")
    return folder


def looked_at(samples: Path, name: str) -> Report:
    return verify((samples / f"{name}.json").read_bytes(), [], NOW, unknown_status)


def test_every_sample_is_told_as_what_it_is(samples: Path) -> None:
    there = {path.relative_to(samples).with_suffix("").as_posix() for path in samples.rglob("*.json")}
    assert there == {*FAULTS, *UNCHECKED, *EXPIRED, *REVOKED}
    for name in sorted(FAULTS):
        report = looked_at(samples, name)
        assert report.verdict is Verdict.MALFORMED, name
        assert FAULTS[name] in [fault.path for fault in report.faults], name
    for name in (*UNCHECKED, *REVOKED):
        assert looked_at(samples, name).verdict is Verdict.UNCHECKED, name
    assert {looked_at(samples, name).verdict for name in EXPIRED} == {Verdict.EXPIRED}


def list_of(document: dict[str, Any], *, set_bit: bool) -> dict[str, Any]:
    """A list as that document's issuer would publish it."""
    status = document["credentialStatus"]
    if status["type"] == revocation.REVOCATION_LIST:
        revoked = [{"id": document["id"]}] if set_bit else []
        return {"id": status["id"], "issuer": document["issuer"]["id"], "revokedCredentials": revoked}
    return {
        "id": status["statusListCredential"],
        "credentialSubject": {
            "type": revocation.LIST,
            "statusPurpose": "revocation",
            "encodedList": revocation.encode([23] if set_bit else [22, 24]),
        },
    }


def test_a_revoked_sample_is_told_as_revoked_by_its_list(samples: Path) -> None:
    for name in REVOKED:
        data = (samples / f"{name}.json").read_bytes()
        document = json.loads(data)
        for set_bit, expected in ((True, Verdict.REVOKED), (False, Verdict.UNCHECKED)):
            report = verify(data, [], NOW, by_lists([list_of(document, set_bit=set_bit)]))
            assert (report.verdict, report.status_known) == (expected, True), name
        foreign = {**list_of(document, set_bit=True), "id": "https://elsewhere.example/list"}
        assert verify(data, [], NOW, by_lists([foreign])).status_known is False, name


def test_nothing_that_is_broken_is_taken_for_a_credential(samples: Path) -> None:
    """Whatever is taken out of a document, or put in its place, is a fault or leaves it unchecked."""
    document = json.loads((samples / "complete.json").read_text())
    for key in document:
        for instead in (None, 7, "x", [], {}, [[]], {"type": {}}):
            changed = {name: value for name, value in document.items() if name != key}
            if instead is not None:
                changed[key] = instead
            report = verify(json.dumps(changed).encode(), [], NOW, unknown_status)
            assert report.verdict in (Verdict.MALFORMED, Verdict.UNCHECKED)
            if key in ("@context", "id", "type", "issuer", "credentialSubject", "validFrom", "proof"):
                assert report.verdict is Verdict.MALFORMED, (key, instead)


def test_a_list_that_cannot_be_read_says_nothing() -> None:
    assert revocation.bit(revocation.encode([0, 7, 131_071]), 7) is True
    assert revocation.bit(revocation.encode([0]), 1) is False
    for encoded, place in (("u!!", 1), ("uAAAA", 1), (None, 1), (revocation.encode([]), 131_072), ("", 0)):
        assert revocation.bit(encoded, place) is None
