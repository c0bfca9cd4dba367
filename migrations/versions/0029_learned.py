"""What was worked out from closed placements: sites with their estimates, and what went with what.

Revision ID: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known yet; the worker looks at what is closed by itself."""
    op.create_table(
        "learned",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name="fk_learned_district_id_district", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name="fk_learned_asked_by_user"),
        sa.PrimaryKeyConstraint("district_id", name="pk_learned"),
    )
    op.create_table(
        "site_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("opportunity_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("value", "low", "high")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("placements", "completed")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("growth", "hours_kept", "rating")),
        sa.Column("teaches", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(site_id IS NULL) <> (opportunity_id IS NULL)",
            name=op.f("ck_site_record_of_a_site_or_an_opportunity"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"], [f"{table}.id"], name=f"fk_site_record_{table}_id_{table}", ondelete="CASCADE"
            )
            for table in ("district", "site", "opportunity")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_site_record"),
    )
    op.create_index("ix_site_record_district_id", "site_record", ["district_id"])


def downgrade() -> None:
    """Forget it; it can be worked out again."""
    op.drop_table("site_record")
    op.drop_table("learned")
