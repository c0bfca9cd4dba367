"""Purges by retention, and what they mark.

Revision ID: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MARKS = (("submission", "erased_at"), ("run_archive", "erased_at"), ("user", "closed_at"))


def upgrade() -> None:
    """Add the table and the marks. Accounts that are closed already count as closed today."""
    op.create_table(
        "purge",
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_purge_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("erased", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("district_id", name="pk_purge"),
    )
    for table, column in MARKS:
        op.add_column(table, sa.Column(column, sa.DateTime(), nullable=True))
    user = sa.table("user", sa.column("active", sa.Boolean()), sa.column("closed_at", sa.DateTime()))
    op.execute(user.update().where(user.c.active.is_(False)).values(closed_at=sa.func.current_timestamp()))


def downgrade() -> None:
    """Drop them. What was erased stays erased."""
    for table, column in reversed(MARKS):
        op.drop_column(table, column)
    op.drop_table("purge")
