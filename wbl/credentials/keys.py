"""The keys that a district signs with: one in use, the others published for what they once signed.

RS256 with 2048 bits is what the specification asks everybody to read. The private half lies encrypted
(AES-256-GCM) under a key that is derived from the application's secret, so a copy of the database signs
nothing; with another ``SECRET_KEY`` a district begins a new key, and all that was signed still verifies.
"""

from __future__ import annotations

import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask_babel import gettext as _
from joserfc.jwk import RSAKey
from sqlalchemy import select, update

from wbl import clock
from wbl.accounts.actor import Actor
from wbl.accounts.tokens import derived, new_nonce
from wbl.audit.services import record
from wbl.credentials import addresses
from wbl.credentials.models import SigningKey
from wbl.db import change, db
from wbl.errors import Conflict
from wbl.people.models import District

PURPOSE = "signing-key"
BITS = 2048
_IV = 12


def of_district(district_id: int) -> list[SigningKey]:
    """All keys, the newest first."""
    statement = select(SigningKey).where(SigningKey.district_id == district_id).order_by(SigningKey.id.desc())
    return list(db.session.scalars(statement))


def in_use(district_id: int) -> SigningKey | None:
    return db.session.scalar(
        select(SigningKey).where(SigningKey.district_id == district_id, SigningKey.retired_at.is_(None))
    )


def published(keys: list[SigningKey]) -> list[dict[str, Any]]:
    """The public halves, as a JWK set holds them."""
    return [{**key.public, "kid": key.address, "alg": "RS256", "use": "sig"} for key in keys]


def every() -> list[dict[str, Any]]:
    """The public keys of all districts, each with the issuer for whom it speaks: what a document may be
    signed with to be one of ours."""
    found = list(db.session.scalars(select(SigningKey).order_by(SigningKey.id)))
    return [
        {**public, "issuer": key.address.partition("/keys/")[0]}
        for key, public in zip(found, published(found), strict=True)
    ]


def for_signing(actor: Actor, district: District) -> SigningKey:
    """The key in use; made where the district has none. Flushes."""
    # Locked, so that two who issue at once begin one key and not two. Readers are not held up.
    db.session.scalars(
        select(District.id).where(District.id == district.id).with_for_update(key_share=True)
    ).one()
    return in_use(district.id) or _make(actor, district)


def rotate(actor: Actor, district: District) -> SigningKey:
    """Begin a new key. The one before stays published, and signs nothing any more. Flushes."""
    db.session.scalars(
        select(District.id).where(District.id == district.id).with_for_update(key_share=True)
    ).one()
    change(
        update(SigningKey)
        .where(SigningKey.district_id == district.id, SigningKey.retired_at.is_(None))
        .values(retired_at=clock.now())
    )
    return _make(actor, district)


def opened(key: SigningKey) -> RSAKey:
    """A key with its private half, to sign with.

    Raises
    ------
    Conflict
        Where it was sealed under another ``SECRET_KEY``.
    """
    try:
        plain = AESGCM(derived(PURPOSE, key.nonce)).decrypt(
            key.sealed[:_IV], key.sealed[_IV:], key.thumbprint.encode()
        )
    except InvalidTag:
        raise Conflict(
            _(
                "The district's key was made under another secret of this server and signs no more. Whoever"
                " looks after the server begins a new one: flask credential rotate."
            )
        ) from None
    return RSAKey.import_key(plain)


def _make(actor: Actor, district: District) -> SigningKey:
    made, nonce, iv = RSAKey.generate_key(BITS), new_nonce(), secrets.token_bytes(_IV)
    thumbprint = made.thumbprint()
    plain = made.as_pem(private=True)
    key = SigningKey(
        district_id=district.id,
        thumbprint=thumbprint,
        address=addresses.key(district.slug, thumbprint),
        public={name: made.as_dict(private=False)[name] for name in ("kty", "n", "e")},
        nonce=nonce,
        sealed=iv + AESGCM(derived(PURPOSE, nonce)).encrypt(iv, plain, thumbprint.encode()),
        made_at=clock.now(),
    )
    db.session.add(key)
    db.session.flush()
    record(actor, "credential.key", key, district_id=district.id)
    db.session.flush()
    return key
