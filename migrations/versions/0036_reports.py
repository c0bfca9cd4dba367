"""What a district decided about reports; a student's career and technical education; until when a document holds.

Revision ID: 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is decided, and of nobody anything is known yet."""
    op.create_table(
        "report_setting",
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("qualifying", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name="fk_report_setting_district_id_district", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("district_id", name="pk_report_setting"),
    )
    op.create_table(
        "student_cte",
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("concentrator", sa.Boolean(), nullable=True),
        sa.Column("graduation_year", sa.Integer(), nullable=True),
        sa.Column("graduated", sa.Boolean(), nullable=True),
        sa.Column("cip_code", sa.String(7), nullable=False),
        sa.Column("cluster", sa.String(64), nullable=False),
        sa.CheckConstraint(
            "graduation_year IS NULL OR (graduation_year BETWEEN 2000 AND 2100)",
            name=op.f("ck_student_cte_graduation_year_range"),
        ),
        sa.ForeignKeyConstraint(
            ["student_id"], ["student.id"], name="fk_student_cte_student_id_student", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("student_id", name="pk_student_cte"),
    )
    op.create_index("ix_student_cte_graduation_year", "student_cte", ["graduation_year"])
    op.add_column("paperwork_task", sa.Column("valid_until", sa.Date(), nullable=True))
    # What the list of active placements adds up, without a look at the rows themselves.
    op.create_index("ix_time_entry_placement_id_state_minutes", "time_entry", ["placement_id", "state", "minutes"])
    op.create_index("ix_reflection_placement_id_handed_in_at", "reflection", ["placement_id", "handed_in_at"])


def downgrade() -> None:
    """Forget it: every list goes by the defaults again."""
    op.drop_index("ix_reflection_placement_id_handed_in_at", "reflection")
    op.drop_index("ix_time_entry_placement_id_state_minutes", "time_entry")
    op.drop_column("paperwork_task", "valid_until")
    op.drop_table("student_cte")
    op.drop_table("report_setting")
