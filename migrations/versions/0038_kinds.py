"""Who acted, and what was decided of a posting, are one of the known kinds.

Revision ID: 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

KINDS = (
    "actor_kind IN ('user', 'family_link', 'posting_link', 'signing_link', 'rating_link', 'hours_link', "
    "'visitor', 'student', 'worker', 'command')"
)
DECISIONS = (
    "decision IN ('submit', 'take_back', 'approve', 'send_back', 'change', 'pause', 'resume', 'close', "
    "'confirm', 'correct')"
)
# A table that is made anew loses its triggers.
SQLITE_TRIGGERS = tuple(
    f"""CREATE TRIGGER audit_event_no_{verb} BEFORE {verb.upper()} ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END"""
    for verb in ("update", "delete")
)


def audit_event(*rules: str, length: int) -> sa.Table:
    """The table as it is before or after, so that SQLite's way of changing one needs no look at it."""
    return sa.Table(
        "audit_event",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("actor_kind", sa.String(length), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject_type", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_audit_event_reason_id_reason"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
        *(sa.CheckConstraint(rule, name=op.f("ck_audit_event_actor_kind")) for rule in rules),
        sa.Index("ix_audit_event_at", "at"),
        sa.Index("ix_audit_event_district_id", "district_id"),
    )


def posting_comment(*rules: str) -> sa.Table:
    return sa.Table(
        "posting_comment",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opportunity_id", sa.Integer(), sa.ForeignKey("opportunity.id", name="fk_posting_comment_opportunity_id_opportunity", ondelete="CASCADE"), nullable=False),
        sa.Column("decision", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_posting_comment_user_id_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_posting_comment_reason_id_reason"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_posting_comment"),
        *(sa.CheckConstraint(rule, name=op.f("ck_posting_comment_posting_decision")) for rule in rules),
        sa.Index("ix_posting_comment_opportunity_id", "opportunity_id"),
    )


def upgrade() -> None:
    with op.batch_alter_table("audit_event", copy_from=audit_event(length=16)) as batch:
        batch.alter_column("actor_kind", existing_type=sa.String(16), type_=sa.String(32))
        batch.create_check_constraint(op.f("ck_audit_event_actor_kind"), KINDS)
    with op.batch_alter_table("posting_comment", copy_from=posting_comment()) as batch:
        batch.create_check_constraint(op.f("ck_posting_comment_posting_decision"), DECISIONS)
    _with_triggers()


def downgrade() -> None:
    with op.batch_alter_table("posting_comment", copy_from=posting_comment(DECISIONS)) as batch:
        batch.drop_constraint(op.f("ck_posting_comment_posting_decision"), type_="check")
    with op.batch_alter_table("audit_event", copy_from=audit_event(KINDS, length=32)) as batch:
        batch.drop_constraint(op.f("ck_audit_event_actor_kind"), type_="check")
        batch.alter_column("actor_kind", existing_type=sa.String(32), type_=sa.String(16))
    _with_triggers()


def _with_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_TRIGGERS:
            op.execute(statement)
