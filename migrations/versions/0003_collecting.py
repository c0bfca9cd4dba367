"""When a round collects submissions, and when a student began and submitted theirs.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANTS = (("round", "opens_at"), ("round", "closes_at"), ("submission", "begun_at"), ("submission", "submitted_at"))


def upgrade() -> None:
    """Add the instants; what is there already has none."""
    for table, column in INSTANTS:
        op.add_column(table, sa.Column(column, sa.DateTime(), nullable=True))


def downgrade() -> None:
    """Drop them, and what was known of them."""
    for table, column in reversed(INSTANTS):
        op.drop_column(table, column)
