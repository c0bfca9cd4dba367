"""Portfolios of students: what they say and show, their files, links.

Revision ID: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Nobody shows anything until they choose to."""
    op.create_table(
        "portfolio",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_portfolio_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("capstone_title", sa.String(200), nullable=False),
        sa.Column("capstone", sa.Text(), nullable=False),
        sa.Column("placements", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("student_id", name="pk_portfolio"),
    )
    op.create_table(
        "artefact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_artefact_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_artefact"),
        sa.CheckConstraint("kind IN ('pdf', 'png', 'jpeg')", name=op.f("ck_artefact_artefact_kind")),
        sa.CheckConstraint("size > 0", name=op.f("ck_artefact_not_empty")),
    )
    op.create_index("ix_artefact_student_id", "artefact", ["student_id"])
    op.create_table(
        "portfolio_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_portfolio_link_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_portfolio_link"),
        sa.UniqueConstraint("token_hash", name="uq_portfolio_link_token_hash"),
    )
    op.create_index("ix_portfolio_link_student_id", "portfolio_link", ["student_id"])


def downgrade() -> None:
    """Forget them: what students wrote and uploaded goes too."""
    for table in ("portfolio_link", "artefact", "portfolio"):
        op.drop_table(table)
