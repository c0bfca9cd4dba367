"""Interviews before a placement: how many students for each seat, and what came of them.

Revision ID: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATES = "state IN ('asked', 'agreed', 'declined', 'decided')"
DECISIONS = "decision IN ('take', 'others', 'schedule', 'withdrew', 'no_show')"


def key(column: str, table: str, *, cascade: bool = True) -> sa.ForeignKey:
    name = f"fk_interview_{column}_{table}"
    return sa.ForeignKey(f"{table}.id", name=name, ondelete="CASCADE" if cascade else None)


def upgrade() -> None:
    """No offering interviews first until somebody says so."""
    op.add_column("offering", sa.Column("interview_per_seat", sa.Integer(), nullable=True))
    op.create_table(
        "interview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), key("round_id", "round"), nullable=False),
        sa.Column("run_id", sa.Integer(), key("run_id", "solve_run"), nullable=False),
        sa.Column("offering_id", sa.Integer(), key("offering_id", "offering"), nullable=False),
        sa.Column("submission_id", sa.Integer(), key("submission_id", "submission"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("guardian_at", sa.DateTime(), nullable=True),
        sa.Column("guardian_by", sa.Integer(), key("guardian_by", "user", cascade=False), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), key("decided_by", "user", cascade=False), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_interview"),
        sa.UniqueConstraint("offering_id", "submission_id", name="uq_interview_offering_id_submission_id"),
        sa.CheckConstraint(STATES, name=op.f("ck_interview_interview_state")),
        sa.CheckConstraint(DECISIONS, name=op.f("ck_interview_interview_decision")),
    )
    op.create_index("ix_interview_round_id", "interview", ["round_id"])
    op.create_index("ix_interview_submission_id", "interview", ["submission_id"])


def downgrade() -> None:
    """Drop them; employers who interview first are assigned students like any other."""
    op.drop_table("interview")
    op.drop_column("offering", "interview_per_seat")
