"""Text messages: who wants them, and what was sent.

Revision ID: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def key(table: str, column: str, to: str, *, nullable: bool = False) -> sa.Column[int]:
    """A column that points at a row of another table, and goes with it."""
    name = f"fk_{table}_{column}_{to}"
    return sa.Column(column, sa.Integer(), sa.ForeignKey(f"{to}.id", name=name, ondelete="CASCADE"), nullable=nullable)


def upgrade() -> None:
    """Make the tables. Nobody wants texts until they say so."""
    op.create_table(
        "text_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        key("text_consent", "district_id", "district"),
        key("text_consent", "user_id", "user", nullable=True),
        key("text_consent", "guardian_id", "guardian", nullable=True),
        sa.Column("phone", sa.String(16), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("asked_by", sa.String(32), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.Column("stopped_by", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_text_consent"),
        sa.CheckConstraint("(user_id IS NULL) <> (guardian_id IS NULL)", name=op.f("ck_text_consent_of_one_person")),
        sa.CheckConstraint("asked_by IN ('account', 'family_link')", name=op.f("ck_text_consent_text_asked_by")),
        sa.CheckConstraint("stopped_by IN ('word', 'page', 'replaced')", name=op.f("ck_text_consent_text_stopped_by")),
    )
    for column in ("user_id", "guardian_id", "phone"):
        op.create_index(f"ix_text_consent_{column}", "text_consent", [column])
    op.create_table(
        "text_sent",
        sa.Column("id", sa.Integer(), nullable=False),
        key("text_sent", "consent_id", "text_consent"),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_text_sent"),
        sa.UniqueConstraint("key", name="uq_text_sent_key"),
    )
    op.create_index("ix_text_sent_consent_id", "text_sent", ["consent_id"])


def downgrade() -> None:
    """Forget who wanted texts: nobody gets any."""
    for table in ("text_sent", "text_consent"):
        op.drop_table(table)
