"""Students who answer on paper, or do not take part, noted while a round collects.

Revision ID: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OLD = "kind IN ('nudge', 'pin', 'give_letters')"
NEW = "kind IN ('nudge', 'paper', 'out', 'pin', 'give_letters')"


def key(column: str, table: str, name: str, rule: str | None = None) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", name=f"fk_{name}_{column}_{table}", ondelete=rule)


def bulk_action(kinds: str) -> sa.Table:
    """The table as it is before or after, so that SQLite's way of changing one needs no look at it."""
    return sa.Table(
        "bulk_action",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), key("district_id", "district", "bulk_action", "CASCADE"), nullable=False),
        sa.Column("round_id", sa.Integer(), key("round_id", "round", "bulk_action", "CASCADE"), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("done_by", sa.Integer(), key("done_by", "user", "bulk_action"), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_action"),
        sa.CheckConstraint(kinds, name=op.f("ck_bulk_action_bulk_kind")),
        sa.Index("ix_bulk_action_district_id", "district_id"),
    )


def change(before: str, after: str) -> None:
    with op.batch_alter_table("bulk_action", copy_from=bulk_action(before)) as batch:
        batch.drop_constraint(op.f("ck_bulk_action_bulk_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_bulk_action_bulk_kind"), after)


def upgrade() -> None:
    """Nobody is marked yet."""
    op.create_table(
        "collect_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), key("round_id", "round", "collect_mark", "CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), key("student_id", "student", "collect_mark", "CASCADE"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("submission_id", sa.Integer(), key("submission_id", "submission", "collect_mark", "SET NULL"), nullable=True),
        sa.Column("set_by", sa.Integer(), key("set_by", "user", "collect_mark"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collect_mark"),
        sa.UniqueConstraint("round_id", "student_id", name="uq_collect_mark_round_id_student_id"),
        sa.CheckConstraint("kind IN ('paper', 'out')", name=op.f("ck_collect_mark_mark_kind")),
    )
    op.create_index("ix_collect_mark_student_id", "collect_mark", ["student_id"])
    change(OLD, NEW)


def downgrade() -> None:
    """Drop them. Who was taken out of a round stays out."""
    op.execute("DELETE FROM bulk_action WHERE kind IN ('paper', 'out')")
    change(NEW, OLD)
    op.drop_table("collect_mark")
