"""The first tables.

Everything is spelled out here, names of constraints included: what this makes must stay the same
when the models and their naming move on.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# In the order in which they are made: what is referred to comes first. Rounds and their runs refer
# to each other.
TABLES = (
    *("district", "reason", "user", "audit_event", "employer", "outbox_item"),
    *("round", "school", "user_session", "round_import", "site", "solve_run"),
    *("student", "guardian", "membership", "opportunity", "publication", "run_archive"),
    *("student_birth", "student_group", "student_home", "student_need", "submission", "explanation"),
    *("letter_book", "offering", "unplaced", "growth", "pin", "placement"),
    *("preference", "proposal", "refusal", "consent", "family_link", "letter"),
)
PUBLISHED_RUN = "fk_round_published_run_id_solve_run"

SQLITE_TRIGGERS = (
    """CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    """CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
    BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
)
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit_event is append-only'; END $$""",
    """CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()""",
)


def upgrade() -> None:
    refuse_tables_without_record()
    op.create_table(
        "district",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("contact_name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_district"),
        sa.UniqueConstraint("slug", name="uq_district_slug"),
    )
    op.create_table(
        "reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reason"),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("locale", sa.String(16), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
    )
    op.create_index("uq_user_email_lower", "user", [sa.text("lower(email)")], unique=True)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject_type", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_audit_event_reason_id_reason"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_at", "audit_event", ["at"])
    op.create_index("ix_audit_event_district_id", "audit_event", ["district_id"])
    op.create_table(
        "employer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_employer_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_employer"),
        sa.UniqueConstraint("district_id", "external_id", name="uq_employer_district_id_external_id"),
    )
    op.create_table(
        "outbox_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_outbox_item_district_id_district", ondelete="CASCADE"), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_item"),
        sa.UniqueConstraint("key", name="uq_outbox_item_key"),
        sa.CheckConstraint("kind IN ('letters', 'mail')", name=op.f("ck_outbox_item_outbox_kind")),
        sa.CheckConstraint("state IN ('pending', 'taken', 'done', 'failed')", name=op.f("ck_outbox_item_outbox_state")),
    )
    op.create_index("ix_outbox_item_state", "outbox_item", ["state"])
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_round_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("published_run_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_round"),
        sa.ForeignKeyConstraint(["published_run_id"], ["solve_run.id"], name=PUBLISHED_RUN, use_alter=True),
        sa.CheckConstraint("state IN ('draft', 'review', 'published')", name=op.f("ck_round_round_state")),
    )
    op.create_index("ix_round_district_id", "round", ["district_id"])
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_school_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("school_hours", sa.Text(), nullable=False),
        sa.Column("van_seats", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_school"),
        sa.UniqueConstraint("district_id", "external_id", name="uq_school_district_id_external_id"),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_user_session_user_id_user", ondelete="CASCADE"), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("device", sa.String(80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_user_session"),
        sa.UniqueConstraint("token_hash", name="uq_user_session_token_hash"),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])
    op.create_table(
        "round_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_round_import_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_round_import_user_id_user"), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("archive", sa.LargeBinary(), nullable=True),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_round_import"),
        sa.CheckConstraint("state IN ('faulty', 'ready', 'applied', 'discarded')", name=op.f("ck_round_import_import_state")),
    )
    op.create_index("ix_round_import_round_id", "round_import", ["round_id"])
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), sa.ForeignKey("employer.id", name="fk_site_employer_id_employer", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("postal_code", sa.String(20), nullable=False),
        sa.Column("contact_name", sa.String(200), nullable=False),
        sa.Column("contact_email", sa.String(254), nullable=False),
        sa.Column("contact_phone", sa.String(40), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("employer_id", "external_id", name="uq_site_employer_id_external_id"),
    )
    op.create_table(
        "solve_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_solve_run_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.Column("input_digest", sa.String(64), nullable=True),
        sa.Column("requested_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_solve_run_requested_by_user"), nullable=True),
        sa.Column("queued_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_solve_run"),
        sa.UniqueConstraint("round_id", "number", name="uq_solve_run_round_id_number"),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'stopped')", name=op.f("ck_solve_run_run_state")),
    )
    op.create_index("ix_solve_run_round_id", "solve_run", ["round_id"])
    op.create_table(
        "student",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_student_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("school_id", sa.Integer(), sa.ForeignKey("school.id", name="fk_student_school_id_school"), nullable=True),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("given_name", sa.String(100), nullable=False),
        sa.Column("family_name", sa.String(100), nullable=False),
        sa.Column("preferred_name", sa.String(100), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_student"),
        sa.UniqueConstraint("district_id", "external_id", name="uq_student_district_id_external_id"),
        sa.CheckConstraint("grade IS NULL OR (grade >= 1 AND grade <= 13)", name=op.f("ck_student_grade_range")),
    )
    op.create_index("ix_student_school_id", "student", ["school_id"])
    op.create_table(
        "guardian",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_guardian_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("relation", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("may_sign", sa.Boolean(), nullable=False),
        sa.Column("may_receive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guardian"),
    )
    op.create_index("ix_guardian_student_id", "guardian", ["student_id"])
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_membership_user_id_user", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_membership_district_id_district", ondelete="CASCADE"), nullable=True),
        sa.Column("employer_id", sa.Integer(), sa.ForeignKey("employer.id", name="fk_membership_employer_id_employer", ondelete="CASCADE"), nullable=True),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_membership_student_id_student", ondelete="CASCADE"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.CheckConstraint("role IN ('coordinator', 'student', 'employer')", name=op.f("ck_membership_role")),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"])
    op.create_table(
        "opportunity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_opportunity_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("employer_id", sa.Integer(), sa.ForeignKey("employer.id", name="fk_opportunity_employer_id_employer"), nullable=True),
        sa.Column("site_id", sa.Integer(), sa.ForeignKey("site.id", name="fk_opportunity_site_id_site"), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_es", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("description_es", sa.Text(), nullable=False),
        sa.Column("what_to_bring", sa.Text(), nullable=False),
        sa.Column("what_to_bring_es", sa.Text(), nullable=False),
        sa.Column("directions", sa.Text(), nullable=False),
        sa.Column("directions_es", sa.Text(), nullable=False),
        sa.Column("supervisor", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_opportunity"),
        sa.UniqueConstraint("district_id", "external_id", name="uq_opportunity_district_id_external_id"),
    )
    op.create_index("ix_opportunity_employer_id", "opportunity", ["employer_id"])
    op.create_index("ix_opportunity_site_id", "opportunity", ["site_id"])
    op.create_table(
        "publication",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_publication_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_publication_run_id_solve_run"), nullable=False),
        sa.Column("published_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_publication_published_by_user"), nullable=True),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_publication_withdrawn_by_user"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("withdrawn_reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_publication_withdrawn_reason_id_reason"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_publication"),
    )
    op.create_index(
        "uq_publication_in_force",
        "publication",
        ["round_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "run_archive",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_run_archive_run_id_solve_run", ondelete="CASCADE"), nullable=False),
        sa.Column("profiles", sa.LargeBinary(), nullable=True),
        sa.Column("profiles_digest", sa.String(64), nullable=False),
        sa.Column("pairs", sa.LargeBinary(), nullable=False),
        sa.Column("pairs_digest", sa.String(64), nullable=False),
        sa.Column("results", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_archive"),
    )
    op.create_table(
        "student_birth",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_student_birth_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("student_id", name="pk_student_birth"),
    )
    op.create_table(
        "student_group",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_student_group_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("student_id", "code", name="pk_student_group"),
    )
    op.create_table(
        "student_home",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_student_home_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("student_id", name="pk_student_home"),
    )
    op.create_table(
        "student_need",
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_student_need_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("student_id", "code", name="pk_student_need"),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_submission_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_submission_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("pseudonym", sa.String(64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("riasec", sa.Text(), nullable=False),
        sa.Column("travel_modes", sa.Text(), nullable=False),
        sa.Column("max_travel_minutes", sa.Text(), nullable=False),
        sa.Column("available", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("credentials", sa.Text(), nullable=False),
        sa.Column("courses", sa.Text(), nullable=False),
        sa.Column("programs", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("hours_needed", sa.Text(), nullable=False),
        sa.Column("pay", sa.Text(), nullable=False),
        sa.Column("open_to_others", sa.Text(), nullable=False),
        sa.Column("student_learner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submission"),
        sa.UniqueConstraint("round_id", "pseudonym", name="uq_submission_round_id_pseudonym"),
        sa.UniqueConstraint("round_id", "student_id", name="uq_submission_round_id_student_id"),
    )
    op.create_index("ix_submission_student_id", "submission", ["student_id"])
    op.create_table(
        "explanation",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_explanation_run_id_solve_run", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_explanation_submission_id_submission", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "submission_id", name="pk_explanation"),
    )
    op.create_table(
        "letter_book",
        sa.Column(
            "publication_id",
            sa.Integer(),
            sa.ForeignKey("publication.id", name="fk_letter_book_publication_id_publication", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("publication_id", name="pk_letter_book"),
    )
    op.create_table(
        "offering",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_offering_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("opportunity_id", sa.Integer(), sa.ForeignKey("opportunity.id", name="fk_offering_opportunity_id_opportunity"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("min_students", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("employment", sa.Text(), nullable=False),
        sa.Column("labor_program", sa.Text(), nullable=False),
        sa.Column("riasec", sa.Text(), nullable=False),
        sa.Column("cluster", sa.Text(), nullable=False),
        sa.Column("soc_code", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("flexible_hours", sa.Text(), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("hours_per_week", sa.Text(), nullable=False),
        sa.Column("paid", sa.Text(), nullable=False),
        sa.Column("hourly_wage", sa.Text(), nullable=False),
        sa.Column("provides", sa.Text(), nullable=False),
        sa.Column("arranges", sa.Text(), nullable=False),
        sa.Column("cannot", sa.Text(), nullable=False),
        sa.Column("hazards", sa.Text(), nullable=False),
        sa.Column("drives", sa.Text(), nullable=False),
        sa.Column("min_age", sa.Text(), nullable=False),
        sa.Column("min_grade", sa.Text(), nullable=False),
        sa.Column("requires_credentials", sa.Text(), nullable=False),
        sa.Column("requires_courses", sa.Text(), nullable=False),
        sa.Column("requires_languages", sa.Text(), nullable=False),
        sa.Column("open_to", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offering"),
        sa.UniqueConstraint("round_id", "opportunity_id", name="uq_offering_round_id_opportunity_id"),
        sa.CheckConstraint("seats >= 0", name=op.f("ck_offering_seats_not_negative")),
    )
    op.create_index("ix_offering_opportunity_id", "offering", ["opportunity_id"])
    op.create_table(
        "unplaced",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_unplaced_run_id_solve_run", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_unplaced_submission_id_submission", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "submission_id", name="pk_unplaced"),
    )
    op.create_table(
        "growth",
        sa.Column("submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_growth_submission_id_submission", ondelete="CASCADE"), nullable=False),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_growth_offering_id_offering", ondelete="CASCADE"), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "offering_id", name="pk_growth"),
    )
    op.create_table(
        "pin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_pin_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_pin_submission_id_submission", ondelete="CASCADE"), nullable=False),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_pin_offering_id_offering", ondelete="CASCADE"), nullable=False),
        sa.Column("decision", sa.String(32), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_pin_reason_id_reason"), nullable=True),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_pin_created_by_user"), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pin"),
        sa.CheckConstraint("decision IN ('require', 'forbid')", name=op.f("ck_pin_pin_decision")),
    )
    op.create_index("ix_pin_round_id", "pin", ["round_id"])
    op.create_index(
        "uq_pin_active_pair",
        "pin",
        ["submission_id", "offering_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "publication_id", sa.Integer(), sa.ForeignKey("publication.id", name="fk_placement_publication_id_publication", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_placement_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_placement_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_placement_offering_id_offering"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("travel_minutes", sa.Integer(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_placement"),
        sa.UniqueConstraint("publication_id", "student_id", name="uq_placement_publication_id_student_id"),
        sa.CheckConstraint("state IN ('published', 'withdrawn')", name=op.f("ck_placement_placement_state")),
    )
    op.create_index("ix_placement_offering_id", "placement", ["offering_id"])
    op.create_index("ix_placement_round_id", "placement", ["round_id"])
    op.create_index("ix_placement_student_id", "placement", ["student_id"])
    op.create_table(
        "preference",
        sa.Column(
            "submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_preference_submission_id_submission", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_preference_offering_id_offering", ondelete="CASCADE"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("opportunity_rank", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("submission_id", "offering_id", name="pk_preference"),
        sa.CheckConstraint("rank IS NULL OR rank >= 1", name=op.f("ck_preference_rank_positive")),
    )
    op.create_index("ix_preference_offering_id", "preference", ["offering_id"])
    op.create_table(
        "proposal",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_proposal_run_id_solve_run", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_proposal_submission_id_submission", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_proposal_offering_id_offering"), nullable=False),
        sa.Column("utility", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("travel_minutes", sa.Integer(), nullable=True),
        sa.Column("interest_fit", sa.Float(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "submission_id", name="pk_proposal"),
    )
    op.create_index("ix_proposal_offering_id", "proposal", ["offering_id"])
    op.create_table(
        "refusal",
        sa.Column(
            "submission_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_refusal_submission_id_submission", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("offering_id", sa.Integer(), sa.ForeignKey("offering.id", name="fk_refusal_offering_id_offering", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "offering_id", name="pk_refusal"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_consent_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_consent_guardian_id_guardian", ondelete="SET NULL"), nullable=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_consent_user_id_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
        sa.CheckConstraint("source IN ('family_link', 'paper', 'student')", name=op.f("ck_consent_consent_source")),
    )
    op.create_index("ix_consent_placement_id", "consent", ["placement_id"])
    op.create_table(
        "family_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_family_link_placement_id_placement", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_family_link_guardian_id_guardian", ondelete="CASCADE"), nullable=True),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_family_link"),
        sa.UniqueConstraint("token_hash", name="uq_family_link_token_hash"),
    )
    op.create_index("ix_family_link_placement_id", "family_link", ["placement_id"])
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_letter_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("guardian_id", sa.Integer(), sa.ForeignKey("guardian.id", name="fk_letter_guardian_id_guardian", ondelete="SET NULL"), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("placement_id", name="uq_letter_placement_id"),
        sa.CheckConstraint("state IN ('written', 'held')", name=op.f("ck_letter_letter_state")),
    )
    # SQLite took this key with its table; it cannot add one later.
    if not on_sqlite():
        op.create_foreign_key(PUBLISHED_RUN, "round", "solve_run", ["published_run_id"], ["id"])
    for statement in SQLITE_TRIGGERS if on_sqlite() else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    if on_sqlite():
        # The two refer to each other, and SQLite cannot drop a key.
        op.execute("UPDATE round SET published_run_id = NULL")
    else:
        op.drop_constraint(PUBLISHED_RUN, "round", type_="foreignkey")
    for table in reversed(TABLES):
        op.drop_table(table)
    if not on_sqlite():
        op.execute("DROP FUNCTION audit_event_refuse()")


def on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def refuse_tables_without_record() -> None:
    """A database made in another way may look like this one and not be it."""
    if context.is_offline_mode():
        return
    found = sorted(set(sa.inspect(op.get_bind()).get_table_names()) & set(TABLES))
    if found:
        raise RuntimeError(
            f"the database has {len(found)} tables already ({', '.join(found[:3])} …) but no record of how "
            "they were made. Nothing was changed. Begin with an empty database; or, where these tables "
            "are known to be those of a revision, say so: flask db stamp REVISION"
        )
