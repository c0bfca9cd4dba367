"""Letters that were handed over.

Revision ID: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "letter_given",
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_letter_given_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("given_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_letter_given_given_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("placement_id", name="pk_letter_given"),
    )


def downgrade() -> None:
    """Drop it, with what it notes."""
    op.drop_table("letter_given")
