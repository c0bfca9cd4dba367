"""Addresses that do not work, quiet hours, what people chose; regular jobs.

Revision ID: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def key(table: str, column: str, to: str, *, ondelete: str = "CASCADE", nullable: bool = False) -> sa.Column[int]:
    """A column that points at a row of another table."""
    name = f"fk_{table}_{column}_{to}"
    return sa.Column(column, sa.Integer(), sa.ForeignKey(f"{to}.id", name=name, ondelete=ondelete), nullable=nullable)


def upgrade() -> None:
    """Make the tables. Every address works, nobody chose anything."""
    op.add_column("guardian", sa.Column("chosen_language", sa.String(35), nullable=False, server_default=""))
    op.create_table(
        "due_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_due_job"),
        sa.UniqueConstraint("name", name="uq_due_job_name"),
    )
    op.create_table(
        "unreachable",
        sa.Column("id", sa.Integer(), nullable=False),
        key("unreachable", "district_id", "district"),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(), nullable=False),
        key("unreachable", "set_by", "user", ondelete="SET NULL", nullable=True),
        sa.Column("settled", sa.String(32), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        key("unreachable", "lifted_by", "user", ondelete="SET NULL", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_unreachable"),
        sa.CheckConstraint("cause IN ('refused', 'said')", name=op.f("ck_unreachable_unreachable_cause")),
        sa.CheckConstraint("settled IN ('address', 'phone', 'paper')", name=op.f("ck_unreachable_unreachable_settled")),
    )
    in_force = sa.text("lifted_at IS NULL")
    op.create_index("uq_unreachable_in_force", "unreachable", ["district_id", "address"], unique=True, sqlite_where=in_force, postgresql_where=in_force)
    op.create_table(
        "held_mail",
        key("held_mail", "item_id", "outbox_item"),
        key("held_mail", "unreachable_id", "unreachable"),
        sa.PrimaryKeyConstraint("item_id", name="pk_held_mail"),
    )
    op.create_index("ix_held_mail_unreachable_id", "held_mail", ["unreachable_id"])
    op.create_table(
        "message_setting",
        key("message_setting", "district_id", "district"),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", name="pk_message_setting"),
        sa.CheckConstraint("quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439", name=op.f("ck_message_setting_minutes")),
    )
    op.create_table(
        "message_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        key("message_choice", "user_id", "user", nullable=True),
        key("message_choice", "guardian_id", "guardian", nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_message_choice"),
        sa.UniqueConstraint("user_id", name="uq_message_choice_user_id"),
        sa.UniqueConstraint("guardian_id", name="uq_message_choice_guardian_id"),
        sa.CheckConstraint("(user_id IS NULL) <> (guardian_id IS NULL)", name=op.f("ck_message_choice_of_one_person")),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_message_choice_both_hours")),
    )


def downgrade() -> None:
    """Forget them: mail goes to every address again, at any hour."""
    for table in ("message_choice", "message_setting", "held_mail", "unreachable", "due_job"):
        op.drop_table(table)
    op.drop_column("guardian", "chosen_language")
