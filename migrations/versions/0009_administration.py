"""What a district keeps for its rounds (calendar, labor rules), and how long it keeps what.

Revision ID: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def of_district(table: str) -> sa.Column:
    key = sa.ForeignKey("district.id", name=f"fk_{table}_district_id_district", ondelete="CASCADE")
    return sa.Column("district_id", sa.Integer(), key, nullable=False)


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "district_file",
        of_district("district_file"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "name", name="pk_district_file"),
    )
    op.create_table(
        "retention",
        of_district("retention"),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", "kind", name="pk_retention"),
    )


def downgrade() -> None:
    """Drop them. Rounds keep their own copies."""
    op.drop_table("retention")
    op.drop_table("district_file")
