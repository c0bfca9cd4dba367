"""Calendars by a secret address.

Revision ID: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Nobody's calendar has an address."""
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_calendar_feed_user_id_user", ondelete="CASCADE"), nullable=True),
        sa.Column("family_link_id", sa.Integer(), sa.ForeignKey("family_link.id", name="fk_calendar_feed_family_link_id_family_link", ondelete="CASCADE"), nullable=True),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feed_token_hash"),
        sa.CheckConstraint("(user_id IS NULL) <> (family_link_id IS NULL)", name=op.f("ck_calendar_feed_of_one_person")),
    )
    for column in ("user_id", "family_link_id"):
        op.create_index(f"ix_calendar_feed_{column}", "calendar_feed", [column])
    op.create_table(
        "calendar_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), sa.ForeignKey("calendar_feed.id", name="fk_calendar_mark_feed_id_calendar_feed", ondelete="CASCADE"), nullable=False),
        sa.Column("uid", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("starts", sa.String(32), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_mark"),
        sa.UniqueConstraint("feed_id", "uid", name="uq_calendar_mark_feed_id_uid"),
    )


def downgrade() -> None:
    """Forget them: every address gives nothing."""
    for table in ("calendar_mark", "calendar_feed"):
        op.drop_table(table)
