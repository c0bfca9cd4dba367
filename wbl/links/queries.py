"""Links are found by their token."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select, select

from wbl.links.models import Link

L = TypeVar("L", bound=Link)


def by_token(model: type[L], token: str) -> Select[tuple[L]]:
    """Asks for the link in force that this token opens; a feature adds what else has to hold."""
    return select(model).where(model.token_hash == model.hash_of(token), *model.in_force())
