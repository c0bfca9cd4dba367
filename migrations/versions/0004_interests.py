"""Students' own interest profiles, and occupations imported from O*NET.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = "uq_interest_profile_open"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "interest_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("instrument", sa.String(length=100), nullable=False),
        sa.Column("highest", sa.Float(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("source IN ('activities', 'entered')", name=op.f("ck_interest_profile_profile_source")),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name=op.f("fk_interest_profile_student_id_student"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_profile")),
    )
    op.create_index(op.f("ix_interest_profile_student_id"), "interest_profile", ["student_id"])
    op.create_index(
        OPEN,
        "interest_profile",
        ["student_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "occupation",
        sa.Column("soc_code", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("cluster", sa.String(length=64), nullable=False),
        sa.Column("riasec", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("soc_code", name=op.f("pk_occupation")),
    )


def downgrade() -> None:
    """Drop them, with what students said."""
    op.drop_table("occupation")
    op.drop_table("interest_profile")
