"""Signatures, questions and authority of families; reviewed languages; sealed reasons.

Revision ID: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STANDINGS = "'parent', 'court_guardian', 'foster_parent', 'decision_maker', 'other', 'restricted'"
STATES = "'counts', 'waiting', 'interpreted', 'dismissed'"


def guardian(*, settled: bool) -> sa.Table:
    """The table as it is before or after, so that SQLite's way of changing one needs no look at it."""
    new = [
        sa.Column("standing", sa.String(32), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("order_seen_on", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_guardian_settled_by_user"), nullable=True),
        sa.CheckConstraint(f"standing IN ({STANDINGS})", name=op.f("ck_guardian_guardian_standing")),
        sa.CheckConstraint(RESTRICTED, name=op.f("ck_guardian_restricted_has_no_right")),
    ]
    return sa.Table(
        "guardian",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_guardian_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("relation", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("may_sign", sa.Boolean(), nullable=False),
        sa.Column("may_receive", sa.Boolean(), nullable=False),
        sa.Column("roster_id", sa.String(64), nullable=True),
        *(new if settled else []),
        sa.PrimaryKeyConstraint("id", name="pk_guardian"),
        sa.Index("ix_guardian_student_id", "student_id"),
    )


RESTRICTED = "standing IS NULL OR standing <> 'restricted' OR NOT (may_sign OR may_receive)"
GUARDIAN_COLUMNS = ("standing", "valid_from", "valid_until", "order_seen_on", "settled_at", "settled_by")


def consent(*, signed: bool) -> sa.Table:
    """As ``guardian``."""
    new = [
        sa.Column("signature_id", sa.Integer(), sa.ForeignKey("signature.id", name="fk_consent_signature_id_signature", ondelete="SET NULL"), nullable=True)
    ]
    return sa.Table(
        "consent",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_consent_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_consent_guardian_id_guardian", ondelete="SET NULL"), nullable=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_consent_user_id_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        *(new if signed else []),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.CheckConstraint("source IN ('family_link', 'paper', 'student')", name=op.f("ck_consent_consent_source")),
        sa.Index("ix_consent_placement_id", "placement_id"),
    )


def upgrade() -> None:
    """Make the tables. Nothing is settled, signed, reviewed or sealed yet."""
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_signature_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_signature_guardian_id_guardian", ondelete="SET NULL"), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("interpreter", sa.String(200), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_signature_settled_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_signature_signature_state")),
    )
    op.create_index("ix_signature_placement_id", "signature", ["placement_id"])
    op.create_index("ix_signature_state", "signature", ["state"])
    op.create_table(
        "family_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_family_question_placement_id_placement", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_family_question_guardian_id_guardian", ondelete="SET NULL"), nullable=True),
        sa.Column("by_student", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_family_question_answered_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_family_question"),
    )
    op.create_index("ix_family_question_placement_id_guardian_id", "family_question", ["placement_id", "guardian_id"])
    op.create_table(
        "youth_authority",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_youth_authority_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=False),
        sa.Column("settled_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_youth_authority_settled_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("student_id", name="pk_youth_authority"),
    )
    op.create_table(
        "district_language",
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_district_language_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(), nullable=False),
        sa.Column("reviewed_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_district_language_reviewed_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("district_id", "language", name="pk_district_language"),
    )
    op.create_table(
        "sealed_reason",
        sa.Column("pin_id", sa.Integer(), sa.ForeignKey("pin.id", name="fk_sealed_reason_pin_id_pin", ondelete="CASCADE"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("pin_id", name="pk_sealed_reason"),
    )
    op.add_column("pin", sa.Column("sealed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("membership", sa.Column("reads_sealed", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("guardian", copy_from=guardian(settled=False)) as batch:
        for column in guardian(settled=True).columns:
            if column.name in GUARDIAN_COLUMNS:
                batch.add_column(sa.Column(column.name, column.type, nullable=True))
        batch.create_foreign_key("fk_guardian_settled_by_user", "user", ["settled_by"], ["id"])
        batch.create_check_constraint(op.f("ck_guardian_guardian_standing"), f"standing IN ({STANDINGS})")
        batch.create_check_constraint(op.f("ck_guardian_restricted_has_no_right"), RESTRICTED)
    with op.batch_alter_table("consent", copy_from=consent(signed=False)) as batch:
        batch.add_column(sa.Column("signature_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_consent_signature_id_signature", "signature", ["signature_id"], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    """Drop them. A yes that waits, or whose signature was dismissed, was never an answer: it goes too."""
    op.execute("DELETE FROM consent WHERE granted AND signature_id IN (SELECT id FROM signature WHERE state IN ('waiting', 'dismissed'))")
    with op.batch_alter_table("consent", copy_from=consent(signed=True)) as batch:
        batch.drop_constraint("fk_consent_signature_id_signature", type_="foreignkey")
        batch.drop_column("signature_id")
    with op.batch_alter_table("guardian", copy_from=guardian(settled=True)) as batch:
        batch.drop_constraint(op.f("ck_guardian_restricted_has_no_right"), type_="check")
        batch.drop_constraint(op.f("ck_guardian_guardian_standing"), type_="check")
        batch.drop_constraint("fk_guardian_settled_by_user", type_="foreignkey")
        for name in reversed(GUARDIAN_COLUMNS):
            batch.drop_column(name)
    op.drop_column("membership", "reads_sealed")
    op.drop_column("pin", "sealed")
    for table in ("sealed_reason", "district_language", "youth_authority", "family_question", "signature"):
        op.drop_table(table)
