"""What a student is still to learn, what an offering teaches, and what its site did for interns before.

Revision ID: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COLUMNS = {"submission": ("to_learn",), "offering": ("teaches", "growth")}


def upgrade() -> None:
    """Nothing is known of rounds that are there already: empty cells, as their folders have none."""
    for table, names in COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget them."""
    for table, names in COLUMNS.items():
        for name in names:
            op.drop_column(table, name)
