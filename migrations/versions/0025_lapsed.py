"""A placement may end because nobody answered by the date.

Revision ID: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('declined', 'ended', 'seat_lost', 'replaced')"
AFTER = "kind IN ('declined', 'lapsed', 'ended', 'seat_lost', 'replaced')"


def placement_end(check: str) -> sa.Table:
    """The table as it is before or after, so that SQLite's way of changing one needs no look at it."""
    return sa.Table(
        "placement_end",
        sa.MetaData(),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_placement_end_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("change_id", sa.Integer(), sa.ForeignKey("placement_change.id", name="fk_placement_end_change_id_placement_change", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_placement_end_replaced_by_id_placement", ondelete="SET NULL"), nullable=True),
        sa.PrimaryKeyConstraint("placement_id", name="pk_placement_end"),
        sa.CheckConstraint(check, name=op.f("ck_placement_end_end_kind")),
        sa.Index("ix_placement_end_change_id", "change_id"),
    )


def upgrade() -> None:
    """Let the column hold it."""
    change(BEFORE, AFTER)


def downgrade() -> None:
    """Whoever let a date pass counts as having said no."""
    op.execute("UPDATE placement_end SET kind = 'declined' WHERE kind = 'lapsed'")
    change(AFTER, BEFORE)


def change(now: str, then: str) -> None:
    with op.batch_alter_table("placement_end", copy_from=placement_end(now)) as batch:
        batch.drop_constraint(op.f("ck_placement_end_end_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_placement_end_end_kind"), then)
