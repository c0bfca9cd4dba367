"""Whether a student has a seat in a round is looked up, not searched for.

Revision ID: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index of a round's placements knows the students too."""
    op.create_index("ix_placement_round_id_student_id", "placement", ["round_id", "student_id"])
    op.drop_index("ix_placement_round_id", "placement")


def downgrade() -> None:
    op.create_index("ix_placement_round_id", "placement", ["round_id"])
    op.drop_index("ix_placement_round_id_student_id", "placement")
