"""A student's own answer to a placement, and the date by which it is asked for.

Revision ID: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the date and the table; what is published already has no date."""
    op.add_column("placement", sa.Column("answer_by", sa.Date(), nullable=True))
    op.create_table(
        "placement_answer",
        sa.Column("placement_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("reason_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("answer IN ('accepted', 'declined')", name=op.f("ck_placement_answer_placement_answer")),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["placement.id"],
            name=op.f("fk_placement_answer_placement_id_placement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reason_id"], ["reason.id"], name=op.f("fk_placement_answer_reason_id_reason")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_placement_answer_user_id_user")),
        sa.PrimaryKeyConstraint("placement_id", name=op.f("pk_placement_answer")),
    )


def downgrade() -> None:
    """Drop them, and what students answered."""
    op.drop_table("placement_answer")
    op.drop_column("placement", "answer_by")
