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
    "'visitor', 'worker', 'command')"
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


def upgrade() -> None:
    with op.batch_alter_table("audit_event") as batch:
        batch.alter_column("actor_kind", existing_type=sa.String(16), type_=sa.String(32))
        batch.create_check_constraint(op.f("ck_audit_event_actor_kind"), KINDS)
    with op.batch_alter_table("posting_comment") as batch:
        batch.create_check_constraint(op.f("ck_posting_comment_posting_decision"), DECISIONS)
    _with_triggers()


def downgrade() -> None:
    with op.batch_alter_table("posting_comment") as batch:
        batch.drop_constraint(op.f("ck_posting_comment_posting_decision"), type_="check")
    with op.batch_alter_table("audit_event") as batch:
        batch.drop_constraint(op.f("ck_audit_event_actor_kind"), type_="check")
        batch.alter_column("actor_kind", existing_type=sa.String(32), type_=sa.String(16))
    _with_triggers()


def _with_triggers() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE_TRIGGERS:
            op.execute(statement)
