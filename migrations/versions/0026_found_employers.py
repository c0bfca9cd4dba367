"""Whose place it is that a student found.

Revision ID: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INDEX = "ix_found_place_employer_id"
KEY = "fk_found_place_employer_id_employer"
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
STATES = "state IN ('waiting', 'accepted', 'declined', 'withdrawn')"
EMPLOYER_OF_ACCEPTED = """
    UPDATE found_place SET employer_id = (
        SELECT opportunity.employer_id FROM offering
        JOIN opportunity ON opportunity.id = offering.opportunity_id
        WHERE offering.id = found_place.offering_id
    ) WHERE offering_id IS NOT NULL
"""


def found_place(*, with_employer: bool) -> sa.Table:
    """The table as it is before or after, so that SQLite's way of changing one needs no look at it."""
    keys = [("submission_id", "submission", "CASCADE"), ("offering_id", "offering", "SET NULL")]
    if with_employer:
        keys.append(("employer_id", "employer", "SET NULL"))
    return sa.Table(
        "found_place",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        *(sa.Column(name, sa.String(length), nullable=False) for name, length in WORDS),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("reason_id", sa.Integer(), nullable=True),
        sa.Column("offering_id", sa.Integer(), nullable=True),
        *([sa.Column("employer_id", sa.Integer(), nullable=True)] if with_employer else []),
        sa.CheckConstraint(STATES, name=op.f("ck_found_place_found_state")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_found_place_{column}_{table}", ondelete=gone)
            for column, table, gone in keys
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name="fk_found_place_decided_by_user"),
        sa.ForeignKeyConstraint(["reason_id"], ["reason.id"], name="fk_found_place_reason_id_reason"),
        sa.PrimaryKeyConstraint("id", name="pk_found_place"),
        *(sa.Index(f"ix_found_place_{column}", column) for column, _table, _gone in keys),
    )


def upgrade() -> None:
    """Add the column; what was accepted has its employer already."""
    with op.batch_alter_table("found_place", copy_from=found_place(with_employer=False)) as batch:
        batch.add_column(sa.Column("employer_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f(KEY), "employer", ["employer_id"], ["id"], ondelete="SET NULL")
        batch.create_index(INDEX, ["employer_id"])
    op.execute(EMPLOYER_OF_ACCEPTED)


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("found_place", copy_from=found_place(with_employer=True)) as batch:
        batch.drop_index(INDEX)
        batch.drop_constraint(op.f(KEY), type_="foreignkey")
        batch.drop_column("employer_id")
