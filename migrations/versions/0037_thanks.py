"""Thank-yous that an employer reads.

Revision ID: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has thanked anybody yet."""
    op.create_table(
        "thanks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), nullable=False),
        sa.Column("writer", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.CheckConstraint("writer IN ('student', 'coordinator')", name=op.f("ck_thanks_thanks_writer")),
        sa.CheckConstraint(
            "state IN ('waiting', 'passed', 'sent_back')", name=op.f("ck_thanks_thanks_state")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name="fk_thanks_placement_id_placement", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_thanks_user_id_user"),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name="fk_thanks_decided_by_user"),
        sa.PrimaryKeyConstraint("id", name="pk_thanks"),
        sa.UniqueConstraint("placement_id", "writer", name="uq_thanks_placement_id_writer"),
    )
    op.create_index("ix_thanks_state", "thanks", ["state"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("thanks")
