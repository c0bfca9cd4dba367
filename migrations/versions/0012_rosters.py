"""Rosters: what waits, how a district takes them, who came with one, who has left.

Revision ID: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STATES = "state IN ('faulty', 'ready', 'applied', 'discarded')"


def row(table: str, column: str, target: str, *, ondelete: str = "CASCADE", **options: object) -> sa.Column:
    """A column that names a row of another table."""
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}_{target}", ondelete=ondelete)
    return sa.Column(column, sa.Integer(), key, **options)


def upgrade() -> None:
    """Add the tables and the marks."""
    op.add_column("student", sa.Column("rostered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("student", sa.Column("left_on", sa.Date(), nullable=True))
    op.add_column("guardian", sa.Column("roster_id", sa.String(64), nullable=True))
    op.create_table(
        "roster_import",
        sa.Column("id", sa.Integer(), nullable=False),
        row("roster_import", "district_id", "district", nullable=False),
        row("roster_import", "user_id", "user", ondelete="SET NULL", nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("from_folder", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_roster_import"),
        sa.CheckConstraint(STATES, name=op.f("ck_roster_import_roster_state")),
    )
    op.create_index("ix_roster_import_district_id", "roster_import", ["district_id"])
    op.create_table(
        "roster_setting",
        row("roster_setting", "district_id", "district", nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("apply_unasked", sa.Boolean(), nullable=False),
        sa.Column("picked_up_on", sa.Date(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("district_id", name="pk_roster_setting"),
    )


def downgrade() -> None:
    """Drop them. Students who came with a roster stay."""
    op.drop_table("roster_setting")
    op.drop_table("roster_import")
    op.drop_column("guardian", "roster_id")
    op.drop_column("student", "left_on")
    op.drop_column("student", "rostered")
