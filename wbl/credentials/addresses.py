"""Where keys, lists and credentials lie: addresses that stand in signed documents and never change."""

from __future__ import annotations

from flask import current_app


def _base() -> str:
    return f"{current_app.config['PUBLIC_URL']}/credentials"


def issuer(slug: str) -> str:
    return f"{_base()}/issuers/{slug}"


def key(slug: str, thumbprint: str) -> str:
    return f"{issuer(slug)}/keys/{thumbprint}"


def status_list(slug: str, number: int) -> str:
    return f"{issuer(slug)}/status/{number}"


def credential(uuid: str) -> str:
    return f"{_base()}/{uuid}"


def uuid_of(address: object) -> str:
    """The identifier at the end of a credential's address; it need not be one of ours."""
    return str(address).rpartition("/")[2][:36]
