"""Languages that a district does not offer; which guardian agreed to an interview, when and how.

Revision ID: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATES = "state IN ('asked', 'agreed', 'declined', 'decided')"
DECISIONS = "decision IN ('take', 'others', 'schedule', 'withdrew', 'no_show')"
HOWS = "guardian_how IN ('paper', 'interpreter', 'electronic')"


def key(column: str, table: str, rule: str | None = None) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", name=f"fk_interview_{column}_{table}", ondelete=rule)


def interview(*, named: bool) -> sa.Table:
    """The table as it is before or after, so that SQLite's way of changing one needs no look at it."""
    new = [
        sa.Column("guardian_id", sa.Integer(), key("guardian_id", "guardian", "SET NULL"), nullable=True),
        sa.Column("guardian_on", sa.Date(), nullable=True),
        sa.Column("guardian_how", sa.String(32), nullable=True),
        sa.CheckConstraint(HOWS, name=op.f("ck_interview_guardian_how")),
    ]
    return sa.Table(
        "interview",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), key("round_id", "round", "CASCADE"), nullable=False),
        sa.Column("run_id", sa.Integer(), key("run_id", "solve_run", "CASCADE"), nullable=False),
        sa.Column("offering_id", sa.Integer(), key("offering_id", "offering", "CASCADE"), nullable=False),
        sa.Column("submission_id", sa.Integer(), key("submission_id", "submission", "CASCADE"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("guardian_at", sa.DateTime(), nullable=True),
        sa.Column("guardian_by", sa.Integer(), key("guardian_by", "user"), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("decision", sa.String(32), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), key("decided_by", "user"), nullable=True),
        *(new if named else []),
        sa.PrimaryKeyConstraint("id", name="pk_interview"),
        sa.UniqueConstraint("offering_id", "submission_id", name="uq_interview_offering_id_submission_id"),
        sa.CheckConstraint(STATES, name=op.f("ck_interview_interview_state")),
        sa.CheckConstraint(DECISIONS, name=op.f("ck_interview_interview_decision")),
        sa.Index("ix_interview_round_id", "round_id"),
        sa.Index("ix_interview_submission_id", "submission_id"),
    )


def upgrade() -> None:
    """Every language is offered; whose yes it was that is on record already, nobody wrote down."""
    op.add_column("district", sa.Column("languages_withheld", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("interview", copy_from=interview(named=False)) as batch:
        batch.add_column(sa.Column("guardian_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("guardian_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("guardian_how", sa.String(32), nullable=True))
        batch.create_foreign_key("fk_interview_guardian_id_guardian", "guardian", ["guardian_id"], ["id"], ondelete="SET NULL")
        batch.create_check_constraint(op.f("ck_interview_guardian_how"), HOWS)


def downgrade() -> None:
    """Drop them; that a guardian agreed stays."""
    with op.batch_alter_table("interview", copy_from=interview(named=True)) as batch:
        batch.drop_constraint(op.f("ck_interview_guardian_how"), type_="check")
        batch.drop_constraint("fk_interview_guardian_id_guardian", type_="foreignkey")
        for name in ("guardian_how", "guardian_on", "guardian_id"):
            batch.drop_column(name)
    op.drop_column("district", "languages_withheld")
