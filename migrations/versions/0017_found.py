"""Places of work that students found themselves.

Revision ID: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WORDS = (
    ("employer_name", 200),
    ("address", 200),
    ("city", 100),
    ("postal_code", 20),
    ("contact_name", 200),
    ("contact_email", 254),
    ("contact_phone", 40),
    ("title", 200),
    ("kind", 40),
    ("paid", 3),
)
KEYS = (("submission_id", "submission", "CASCADE"), ("offering_id", "offering", "SET NULL"))


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "found_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.String(length=length), nullable=False) for name, length in WORDS),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason_id", sa.Integer(), nullable=True),
        sa.Column("offering_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_found_place_found_state")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_found_place_{column}_{table}"), ondelete=gone
            )
            for column, table, gone in KEYS
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_found_place_decided_by_user")),
        sa.ForeignKeyConstraint(["reason_id"], ["reason.id"], name=op.f("fk_found_place_reason_id_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_place")),
    )
    for column, _table, _gone in KEYS:
        op.create_index(op.f(f"ix_found_place_{column}"), "found_place", [column])


def downgrade() -> None:
    """Drop it; what was accepted stays as opportunities and offerings."""
    op.drop_table("found_place")
