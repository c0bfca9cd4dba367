"""The paperwork of a placement: steps, tasks, training agreements, signatures, links, contacts, visits.

Revision ID: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = (
    "paperwork",
    "paperwork_task",
    "training_agreement",
    "agreement_signature",
    "signing_link",
    "emergency_contact",
    "site_visit",
)
SQLITE_TRIGGERS = (
    """CREATE TRIGGER training_agreement_fixed BEFORE UPDATE OF placement_id, version, content, digest, made_at ON training_agreement
    BEGIN SELECT RAISE(ABORT, 'training_agreement never changes'); END""",
    """CREATE TRIGGER agreement_signature_fixed BEFORE UPDATE OF agreement_id, role, name, intent, language, digest, signed_at, signed_on, source ON agreement_signature
    BEGIN SELECT RAISE(ABORT, 'agreement_signature never changes'); END""",
)
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION training_agreement_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'training_agreement never changes'; END $$""",
    """CREATE TRIGGER training_agreement_fixed BEFORE UPDATE OF placement_id, version, content, digest, made_at ON training_agreement
    FOR EACH ROW EXECUTE FUNCTION training_agreement_refuse()""",
    """CREATE FUNCTION agreement_signature_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'agreement_signature never changes'; END $$""",
    """CREATE TRIGGER agreement_signature_fixed BEFORE UPDATE OF agreement_id, role, name, intent, language, digest, signed_at, signed_on, source ON agreement_signature
    FOR EACH ROW EXECUTE FUNCTION agreement_signature_refuse()""",
)


def upgrade() -> None:
    """Make the tables. The paperwork of what is in force already is begun by the worker."""
    op.create_table(
        "paperwork",
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_paperwork_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_paperwork_offering_id_offering"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("step_since", sa.DateTime(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("nudge_at", sa.DateTime(), nullable=False),
        sa.Column("nudges", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.Column("supervisor", sa.String(200), nullable=False),
        sa.Column("supervisor_email", sa.String(254), nullable=False),
        sa.Column("supervisor_phone", sa.String(40), nullable=False),
        sa.Column("supervisor_signs", sa.Boolean(), nullable=False),
        sa.Column("oriented_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("media_release", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("directory_information", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("active_at", sa.DateTime(), nullable=True),
        sa.Column("completed_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("placement_id", name="pk_paperwork"),
        sa.CheckConstraint("state IN ('open', 'active', 'completed', 'ended')", name=op.f("ck_paperwork_paperwork_state")),
        sa.CheckConstraint("step IN ('student', 'guardian', 'employer', 'supervisor', 'school', 'tasks', 'done')", name=op.f("ck_paperwork_paperwork_step")),
        sa.CheckConstraint("state <> 'active' OR (seat IS NOT NULL AND active_at IS NOT NULL)", name=op.f("ck_paperwork_active_has_a_seat")),
    )
    op.create_index("ix_paperwork_state_nudge_at", "paperwork", ["state", "nudge_at"])
    op.create_index("uq_paperwork_seat", "paperwork", ["offering_id", "seat"], unique=True, sqlite_where=sa.text("state = 'active'"), postgresql_where=sa.text("state = 'active'"))
    op.create_table(
        "paperwork_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_paperwork_task_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("done_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_paperwork_task_done_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_paperwork_task"),
        sa.CheckConstraint("holder IN ('school', 'site', 'job_coach', 'agency', 'family')", name=op.f("ck_paperwork_task_paperwork_task_holder")),
    )
    op.create_index("ix_paperwork_task_placement_id", "paperwork_task", ["placement_id"])
    op.create_index("uq_paperwork_task_code", "paperwork_task", ["placement_id", "code"], unique=True, sqlite_where=sa.text("code <> 'own'"), postgresql_where=sa.text("code <> 'own'"))
    op.create_table(
        "training_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_training_agreement_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_training_agreement"),
        sa.UniqueConstraint("placement_id", "version", name="uq_training_agreement_placement_id_version"),
    )
    op.create_index("uq_training_agreement_current", "training_agreement", ["placement_id"], unique=True, sqlite_where=sa.text("superseded_at IS NULL"), postgresql_where=sa.text("superseded_at IS NULL"))
    op.create_table(
        "agreement_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), sa.ForeignKey("training_agreement.id", name="fk_agreement_signature_agreement_id_training_agreement", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signed_at", sa.DateTime(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_agreement_signature_user_id_user"), nullable=True),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_agreement_signature_guardian_id_guardian", ondelete="SET NULL"), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_signature"),
        sa.CheckConstraint("role IN ('student', 'guardian', 'employer', 'supervisor', 'school')", name=op.f("ck_agreement_signature_agreement_signer_role")),
        sa.CheckConstraint("source IN ('account', 'link', 'paper')", name=op.f("ck_agreement_signature_agreement_source")),
        sa.CheckConstraint("state IN ('counts', 'waiting', 'interpreted', 'dismissed')", name=op.f("ck_agreement_signature_agreement_signature_state")),
    )
    op.create_index("uq_agreement_signature_role", "agreement_signature", ["agreement_id", "role"], unique=True, sqlite_where=sa.text("state <> 'dismissed'"), postgresql_where=sa.text("state <> 'dismissed'"))
    op.create_table(
        "signing_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_signing_link_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_signing_link_created_by_user"), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_signing_link"),
        sa.CheckConstraint("role IN ('student', 'guardian', 'employer', 'supervisor', 'school')", name=op.f("ck_signing_link_signing_link_role")),
        sa.CheckConstraint("role IN ('employer', 'supervisor')", name=op.f("ck_signing_link_of_a_workplace")),
        sa.UniqueConstraint("token_hash", name="uq_signing_link_token_hash"),
    )
    op.create_index("ix_signing_link_placement_id", "signing_link", ["placement_id"])
    op.create_table(
        "emergency_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_emergency_contact_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("relation", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("for_employer", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_contact"),
    )
    op.create_index("ix_emergency_contact_student_id", "emergency_contact", ["student_id"])
    op.create_table(
        "site_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_site_visit_offering_id_offering", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_site_visit_done_by_user"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site_visit"),
        sa.CheckConstraint("kind IN ('before', 'week_1', 'week_2', 'other')", name=op.f("ck_site_visit_site_visit_kind")),
    )
    op.create_index("ix_site_visit_offering_id", "site_visit", ["offering_id"])
    for statement in SQLITE_TRIGGERS if on_sqlite() else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them: what was signed goes too."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if not on_sqlite():
        op.execute("DROP FUNCTION training_agreement_refuse()")
        op.execute("DROP FUNCTION agreement_signature_refuse()")


def on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
