"""Settings of a district: whom to ask, its time zone, how its people sign in, how long it keeps what."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete

from wbl.accounts.actor import Actor
from wbl.accounts.models import IdentityProvider
from wbl.administration import queries
from wbl.audit.services import record
from wbl.db import db
from wbl.errors import DomainError
from wbl.people.models import District, Retention
from wbl.retention.periods import DECIDED


def change(
    actor: Actor,
    district_id: int,
    *,
    name: str,
    contact_name: str,
    phone: str,
    email: str,
    timezone: str,
    codes_required: bool,
    sharing_needs_consent: bool,
) -> District:
    """Change what pages and letters say of a district. Flushes.

    Raises
    ------
    DomainError
        Where there is no such time zone.
    """
    district = queries.district(actor, district_id)
    if timezone not in available_timezones():
        raise DomainError(_("There is no such time zone. One is America/Chicago."), field="timezone")
    before = district.codes_required
    district.name, district.timezone = name.strip(), timezone
    district.contact_name, district.phone, district.email = contact_name.strip(), phone.strip(), email.strip()
    district.codes_required = codes_required
    district.sharing_needs_consent = sharing_needs_consent
    record(actor, "district.edit", district, district_id=district_id)
    if before != codes_required:
        action = "district.codes_on" if codes_required else "district.codes_off"
        record(actor, action, district, district_id=district_id)
    db.session.flush()
    return district


def set_provider(
    actor: Actor,
    district_id: int,
    *,
    label: str,
    discovery_url: str,
    client_id: str,
    enabled: bool,
    asks_second_step: bool,
) -> None:
    """Say where the district's people sign in instead. Flushes.

    Raises
    ------
    DomainError
        Where the address is no https address.
    """
    district = queries.district(actor, district_id)
    parts = urlsplit(discovery_url.strip())
    # A server that is itself reached without encryption is one for trying things out.
    trying = current_app.config["PUBLIC_URL"].startswith("http://")
    if parts.scheme not in (("https", "http") if trying else ("https",)) or not parts.hostname:
        raise DomainError(
            _("Enter the provider's address with https://, ending in /.well-known/openid-configuration."),
            field="discovery_url",
        )
    row = queries.provider(district_id) or IdentityProvider(district_id=district_id)
    row.label, row.discovery_url, row.client_id = label.strip(), discovery_url.strip(), client_id.strip()
    row.enabled, row.asks_second_step = enabled, asks_second_step
    db.session.add(row)
    record(actor, "district.provider", district, district_id=district_id)
    db.session.flush()


def set_retention(actor: Actor, district_id: int, months: Mapping[str, int | None]) -> None:
    """How long each kind of record is kept; None: not decided. Flushes."""
    district = queries.district(actor, district_id)
    db.session.execute(delete(Retention).where(Retention.district_id == district_id))
    db.session.add_all(
        Retention(district_id=district_id, kind=kind, months=value)
        for kind in DECIDED
        if (value := months.get(kind)) is not None
    )
    record(actor, "district.retention", district, district_id=district_id)
    db.session.flush()
