"""Reminders of a round that collects, and actions on many rows that can be taken back.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_nudge_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_nudge_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("sent_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_nudge_sent_by_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_nudge"),
        sa.UniqueConstraint("round_id", "student_id", "on_day", name="uq_nudge_round_id_student_id_on_day"),
    )
    op.create_index("ix_nudge_student_id", "nudge", ["student_id"])
    op.create_table(
        "bulk_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_bulk_action_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_bulk_action_round_id_round", ondelete="CASCADE"), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("done_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_bulk_action_done_by_user"), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_action"),
        sa.CheckConstraint("kind IN ('nudge', 'pin', 'give_letters')", name=op.f("ck_bulk_action_bulk_kind")),
    )
    op.create_index("ix_bulk_action_district_id", "bulk_action", ["district_id"])


def downgrade() -> None:
    """Drop them, with what they remember."""
    op.drop_table("bulk_action")
    op.drop_table("nudge")
