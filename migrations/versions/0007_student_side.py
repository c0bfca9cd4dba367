"""What a student has changed and saved of a submission, and needs that came from the student.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what is there already came from the school."""
    op.add_column("submission", sa.Column("changed_at", sa.DateTime(), nullable=True))
    op.add_column("submission", sa.Column("parts_done", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("student_need", sa.Column("by_student", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop them; needs stay, whoever told them."""
    op.drop_column("student_need", "by_student")
    op.drop_column("submission", "parts_done")
    op.drop_column("submission", "changed_at")
