"""The record of incidents and injuries.

Revision ID: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

REPORTED = "IN ('yes', 'no', 'not_needed')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_incident_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_incident_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("school_id", sa.Integer(), sa.ForeignKey("school.id", name="fk_incident_school_id_school", ondelete="SET NULL"), nullable=True),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_incident_placement_id_placement", ondelete="SET NULL"), nullable=True),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_incident_closed_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
        sa.CheckConstraint("closed_at IS NULL OR answer <> ''", name=op.f("ck_incident_never_closed_unanswered")),
    )
    op.create_index("ix_incident_student_id", "incident", ["student_id"])
    op.create_index("ix_incident_district_id_closed_at", "incident", ["district_id", "closed_at"])
    op.create_table(
        "incident_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.Integer(), sa.ForeignKey("incident.id", name="fk_incident_version_incident_id_incident", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kept_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_incident_version_kept_by_user"), nullable=True),
        sa.Column("kept_at", sa.DateTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(), nullable=False),
        sa.Column("place", sa.String(300), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("injury", sa.Text(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("guardian_told", sa.String(300), nullable=False),
        sa.Column("guardian_told_at", sa.DateTime(), nullable=True),
        sa.Column("employer_told", sa.String(300), nullable=False),
        sa.Column("employer_told_at", sa.DateTime(), nullable=True),
        sa.Column("insurer_told", sa.String(300), nullable=False),
        sa.Column("insurer_told_at", sa.DateTime(), nullable=True),
        sa.Column("osha", sa.String(32), nullable=False),
        sa.Column("workers_comp", sa.String(32), nullable=False),
        sa.Column("follow_up", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident_version"),
        sa.UniqueConstraint("incident_id", "number", name="uq_incident_version_incident_id_number"),
        sa.CheckConstraint(f"osha {REPORTED}", name=op.f("ck_incident_version_incident_osha")),
        sa.CheckConstraint(f"workers_comp {REPORTED}", name=op.f("ck_incident_version_incident_workers_comp")),
    )


def downgrade() -> None:
    """Forget them."""
    for table in ("incident_version", "incident"):
        op.drop_table(table)
