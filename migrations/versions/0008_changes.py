"""Changes of a publication in force: what was added and ended, and why.

Revision ID: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "placement_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), sa.ForeignKey("publication.id", name="fk_placement_change_publication_id_publication", ondelete="CASCADE"), nullable=False),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_placement_change_run_id_solve_run"), nullable=True),
        sa.Column("changed_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_placement_change_changed_by_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_placement_change_reason_id_reason"), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_placement_change"),
    )
    op.create_index("ix_placement_change_publication_id", "placement_change", ["publication_id"])
    op.create_table(
        "placement_end",
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_placement_end_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("change_id", sa.Integer(), sa.ForeignKey("placement_change.id", name="fk_placement_end_change_id_placement_change", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_placement_end_replaced_by_id_placement", ondelete="SET NULL"), nullable=True),
        sa.PrimaryKeyConstraint("placement_id", name="pk_placement_end"),
        sa.CheckConstraint("kind IN ('declined', 'ended', 'seat_lost', 'replaced')", name=op.f("ck_placement_end_end_kind")),
    )
    op.create_index("ix_placement_end_change_id", "placement_end", ["change_id"])


def downgrade() -> None:
    """Drop them; what ended alone then looks withdrawn without a reason."""
    op.drop_table("placement_end")
    op.drop_table("placement_change")
