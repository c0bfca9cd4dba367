"""Safety concerns of students, their numbers to call, who reads them at a school.

Revision ID: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KINDS = "kind IN ('hurt', 'harassed', 'danger', 'made_to', 'unwell', 'other')"
PLACES = "place IN ('placement', 'way', 'school', 'elsewhere', 'unsaid')"
STATES = "state IN ('raised', 'read', 'answered', 'closed')"
ENTRIES = "kind IN ('raised', 'said', 'read', 'noted', 'answered', 'placed', 'closed', 'reopened')"


def upgrade() -> None:
    """Make the tables. Until somebody is named at a school, concerns reach the coordinators alone."""
    op.add_column("membership", sa.Column("safety_contact", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "safety_concern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_safety_concern_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_safety_concern_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("school_id", sa.Integer(), sa.ForeignKey("school.id", name="fk_safety_concern_school_id_school", ondelete="SET NULL"), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("place", sa.String(32), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_safety_concern_placement_id_placement", ondelete="SET NULL"), nullable=True),
        sa.Column("opportunity_id", sa.Integer(), sa.ForeignKey("opportunity.id", name="fk_safety_concern_opportunity_id_opportunity", ondelete="SET NULL"), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.Column("waits_since", sa.DateTime(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_safety_concern"),
        sa.CheckConstraint(KINDS, name=op.f("ck_safety_concern_safety_concern_kind")),
        sa.CheckConstraint(PLACES, name=op.f("ck_safety_concern_safety_concern_place")),
        sa.CheckConstraint(STATES, name=op.f("ck_safety_concern_safety_concern_state")),
        sa.CheckConstraint("(state IN ('answered', 'closed')) = (answered_at IS NOT NULL)", name=op.f("ck_safety_concern_never_closed_unanswered")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_safety_concern_closed_has_its_day")),
        sa.CheckConstraint("place = 'placement' OR placement_id IS NULL", name=op.f("ck_safety_concern_placement_where_it_happened")),
    )
    op.create_index("ix_safety_concern_student_id", "safety_concern", ["student_id"])
    op.create_index("ix_safety_concern_district_id_state", "safety_concern", ["district_id", "state"])
    op.create_index("ix_safety_concern_opportunity_id_state", "safety_concern", ["opportunity_id", "state"])
    op.create_table(
        "concern_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concern_id", sa.Integer(), sa.ForeignKey("safety_concern.id", name="fk_concern_entry_concern_id_safety_concern", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_concern_entry_user_id_user"), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_concern_entry"),
        sa.CheckConstraint(ENTRIES, name=op.f("ck_concern_entry_concern_entry_kind")),
    )
    op.create_index("ix_concern_entry_concern_id", "concern_entry", ["concern_id"])
    op.create_table(
        "required_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concern_id", sa.Integer(), sa.ForeignKey("safety_concern.id", name="fk_required_report_concern_id_safety_concern", ondelete="CASCADE"), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("made_to", sa.String(200), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("recorded_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_required_report_recorded_by_user"), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_required_report"),
    )
    op.create_index("ix_required_report_concern_id", "required_report", ["concern_id"])
    op.create_table(
        "concern_draft",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_concern_draft_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("student_id", name="pk_concern_draft"),
    )
    op.create_table(
        "safety_number",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_safety_number_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_es", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("hint", sa.String(200), nullable=False),
        sa.Column("hint_es", sa.String(200), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_safety_number"),
    )
    op.create_index("ix_safety_number_district_id", "safety_number", ["district_id"])


def downgrade() -> None:
    """Forget them. What students raised goes too."""
    for table in ("safety_number", "concern_draft", "required_report", "concern_entry", "safety_concern"):
        op.drop_table(table)
    op.drop_column("membership", "safety_contact")
