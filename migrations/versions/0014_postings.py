"""Postings: their state, what an employer wrote step by step, and what was said of it; where sites are.

Revision ID: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATES = "state IN ('draft', 'submitted', 'approved', 'paused', 'closed')"
CHECK = "ck_opportunity_opportunity_state"


def upgrade() -> None:
    """Add the columns and tables; what is there already is approved."""
    op.add_column("opportunity", sa.Column("learn_before", sa.Text(), server_default="", nullable=False))
    # A check that belongs to its column alone: SQLite adds and drops it with the column.
    op.execute(
        "ALTER TABLE opportunity ADD COLUMN state VARCHAR(32) DEFAULT 'approved' NOT NULL "
        f"CONSTRAINT {CHECK} CHECK ({STATES})"
    )
    op.add_column("site", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("site", sa.Column("longitude", sa.Float(), nullable=True))
    op.create_table(
        "posting",
        sa.Column("opportunity_id", sa.Integer(), sa.ForeignKey("opportunity.id", name="fk_posting_opportunity_id_opportunity", ondelete="CASCADE"), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_posting_round_id_round", ondelete="SET NULL"), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_posting_created_by_user"), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("opportunity_id", name="pk_posting"),
    )
    op.create_index("ix_posting_round_id", "posting", ["round_id"])
    op.create_table(
        "posting_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "opportunity_id", sa.Integer(), sa.ForeignKey("opportunity.id", name="fk_posting_comment_opportunity_id_opportunity", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("decision", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_posting_comment_user_id_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_posting_comment_reason_id_reason"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_posting_comment"),
    )
    op.create_index("ix_posting_comment_opportunity_id", "posting_comment", ["opportunity_id"])


def downgrade() -> None:
    """Drop them. Drafts become postings like any other: without the states nothing tells them apart."""
    op.drop_table("posting_comment")
    op.drop_table("posting")
    op.drop_column("site", "longitude")
    op.drop_column("site", "latitude")
    op.execute("ALTER TABLE opportunity DROP COLUMN state")
    op.drop_column("opportunity", "learn_before")
