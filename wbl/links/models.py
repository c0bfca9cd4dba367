"""What every link has by which somebody comes in without an account: its columns, token and address.

A row keeps a nonce and the token's hash. The token is derived from the nonce and the application's
secret, so that a letter can be printed or a mail sent again, and a stolen database opens nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from flask import current_app
from sqlalchemy import ColumnElement, String
from sqlalchemy.orm import Mapped, mapped_column

from wbl import clock
from wbl.accounts import tokens
from wbl.db import UtcDateTime


class Link:
    """The columns of a link; a feature adds whom or what it leads to."""

    PURPOSE: ClassVar[str]
    """What its tokens are derived for: of one nonce, each purpose has another token."""
    PATH: ClassVar[str]
    """The first part of its address: ``a`` of ``/a/<token>``. `errors.py` keeps what follows out of logs."""
    LENGTH: ClassVar[int] = 20
    """Characters of a token, of a-z, A-Z, 0-9, - and _: 120 bits."""

    id: Mapped[int] = mapped_column(primary_key=True)
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @classmethod
    def token_for(cls, nonce: str) -> str:
        """The token that belongs to a nonce."""
        return tokens.token_of(cls.PURPOSE, nonce)[: cls.LENGTH]

    @classmethod
    def hash_of(cls, token: str) -> str:
        """How a token is stored and looked up."""
        return tokens.hash_of(token.strip())

    @classmethod
    def in_force(cls) -> tuple[ColumnElement[bool], ...]:
        """For a query: those that nobody revoked and that have not run out."""
        return cls.revoked_at.is_(None), cls.expires_at > clock.now()

    @property
    def opens(self) -> bool:
        """Whether nobody revoked it and it has not run out."""
        return self.revoked_at is None and self.expires_at > clock.now()

    @property
    def token(self) -> str:
        return self.token_for(self.nonce)

    @property
    def address(self) -> str:
        """The whole address, as it is mailed or read out."""
        return f"{current_app.config['PUBLIC_URL']}/{self.PATH}/{self.token}"
