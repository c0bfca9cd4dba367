"""What is learned: rubrics, evaluations, how a site was; prompts and reflections.

Revision ID: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = (
    "rubric_version",
    "learning_plan",
    "rater",
    "evaluation",
    "rating",
    "evaluation_due",
    "rating_link",
    "site_rating",
    "prompt",
    "prompt_decision",
    "prompt_vote",
    "reflection",
    "reflection_comment",
)
FIXED = ("rubric_version", "evaluation", "rating")
SQLITE_TRIGGERS = (
    """CREATE TRIGGER rubric_version_fixed BEFORE UPDATE OF district_id, number, content ON rubric_version
    WHEN OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'rubric_version never changes'); END""",
    """CREATE TRIGGER rubric_version_no_draft_again BEFORE UPDATE OF state ON rubric_version
    WHEN NEW.state = 'draft' AND OLD.state <> 'draft'
    BEGIN SELECT RAISE(ABORT, 'rubric_version never changes'); END""",
    """CREATE TRIGGER evaluation_fixed BEFORE UPDATE OF placement_id, version_id, moment, rated_by, rater_id, given_at, source ON evaluation
    BEGIN SELECT RAISE(ABORT, 'evaluation never changes'); END""",
    """CREATE TRIGGER rating_fixed BEFORE UPDATE OF evaluation_id, code, level ON rating
    BEGIN SELECT RAISE(ABORT, 'rating never changes'); END""",
)
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION rubric_version_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rubric_version never changes'; END $$""",
    """CREATE TRIGGER rubric_version_fixed BEFORE UPDATE OF district_id, number, content ON rubric_version
    FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION rubric_version_refuse()""",
    """CREATE TRIGGER rubric_version_no_draft_again BEFORE UPDATE OF state ON rubric_version
    FOR EACH ROW WHEN (NEW.state = 'draft' AND OLD.state <> 'draft')
    EXECUTE FUNCTION rubric_version_refuse()""",
    """CREATE FUNCTION evaluation_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'evaluation never changes'; END $$""",
    """CREATE TRIGGER evaluation_fixed BEFORE UPDATE OF placement_id, version_id, moment, rated_by, rater_id, given_at, source ON evaluation
    FOR EACH ROW EXECUTE FUNCTION evaluation_refuse()""",
    """CREATE FUNCTION rating_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'rating never changes'; END $$""",
    """CREATE TRIGGER rating_fixed BEFORE UPDATE OF evaluation_id, code, level ON rating
    FOR EACH ROW EXECUTE FUNCTION rating_refuse()""",
)


def upgrade() -> None:
    """Make the tables. A placement that is active already gets its plan from the worker."""
    op.create_table(
        "rubric_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_rubric_version_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_rubric_version_made_by_user"), nullable=True),
        sa.Column("in_force_at", sa.DateTime(), nullable=True),
        sa.Column("past_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rubric_version"),
        sa.CheckConstraint("state IN ('draft', 'in_force', 'past')", name=op.f("ck_rubric_version_rubric_version_state")),
        sa.UniqueConstraint("district_id", "number", name="uq_rubric_version_district_id_number"),
    )
    op.create_index("uq_rubric_version_draft", "rubric_version", ["district_id"], unique=True, sqlite_where=sa.text("state = 'draft'"), postgresql_where=sa.text("state = 'draft'"))
    op.create_index("uq_rubric_version_in_force", "rubric_version", ["district_id"], unique=True, sqlite_where=sa.text("state = 'in_force'"), postgresql_where=sa.text("state = 'in_force'"))
    op.create_table(
        "learning_plan",
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_learning_plan_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("rubric_version.id", name="fk_learning_plan_version_id_rubric_version"), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("placement_id", name="pk_learning_plan"),
    )
    op.create_table(
        "rater",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), sa.ForeignKey("employer.id", name="fk_rater_employer_id_employer", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rater"),
        sa.UniqueConstraint("employer_id", "key", name="uq_rater_employer_id_key"),
    )
    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_evaluation_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("version_id", sa.Integer(), sa.ForeignKey("rubric_version.id", name="fk_evaluation_version_id_rubric_version"), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("rated_by", sa.String(32), nullable=False),
        sa.Column("rater_id", sa.Integer(), sa.ForeignKey("rater.id", name="fk_evaluation_rater_id_rater"), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_evaluation_user_id_user"), nullable=True),
        sa.Column("void_at", sa.DateTime(), nullable=True),
        sa.Column("void_reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_evaluation_void_reason_id_reason"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation"),
        sa.CheckConstraint("moment IN ('baseline', 'mid', 'final')", name=op.f("ck_evaluation_evaluation_moment")),
        sa.CheckConstraint("rated_by IN ('mentor', 'student')", name=op.f("ck_evaluation_evaluation_rated_by")),
        sa.CheckConstraint("source IN ('link', 'account', 'told')", name=op.f("ck_evaluation_evaluation_source")),
        sa.CheckConstraint("rated_by = 'mentor' OR rater_id IS NULL", name=op.f("ck_evaluation_students_are_no_raters")),
    )
    op.create_index("ix_evaluation_rater_id", "evaluation", ["rater_id"])
    op.create_index("ix_evaluation_version_id", "evaluation", ["version_id"])
    op.create_index("uq_evaluation_counting", "evaluation", ["placement_id", "moment", "rated_by"], unique=True, sqlite_where=sa.text("void_at IS NULL"), postgresql_where=sa.text("void_at IS NULL"))
    op.create_table(
        "rating",
        sa.Column("evaluation_id", sa.Integer(), sa.ForeignKey("evaluation.id", name="fk_rating_evaluation_id_evaluation", ondelete="CASCADE"), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("evaluation_id", "code", name="pk_rating"),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_rating_level_1_to_5")),
    )
    op.create_table(
        "evaluation_due",
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_evaluation_due_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("placement_id", "moment", name="pk_evaluation_due"),
        sa.CheckConstraint("moment IN ('baseline', 'mid', 'final')", name=op.f("ck_evaluation_due_evaluation_due_moment")),
    )
    op.create_index("ix_evaluation_due_due_on", "evaluation_due", ["due_on"])
    op.create_table(
        "rating_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_rating_link_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("moment", sa.String(32), nullable=False),
        sa.Column("rater_id", sa.Integer(), sa.ForeignKey("rater.id", name="fk_rating_link_rater_id_rater"), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_rating_link_created_by_user"), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rating_link"),
        sa.CheckConstraint("moment IN ('baseline', 'mid', 'final')", name=op.f("ck_rating_link_rating_link_moment")),
        sa.UniqueConstraint("token_hash", name="uq_rating_link_token_hash"),
    )
    op.create_index("ix_rating_link_placement_id", "rating_link", ["placement_id"])
    op.create_table(
        "site_rating",
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_site_rating_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("learned", sa.Integer(), nullable=False),
        sa.Column("supported", sa.Integer(), nullable=False),
        sa.Column("safe", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("seen_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_site_rating_seen_by_user"), nullable=True),
        sa.PrimaryKeyConstraint("placement_id", name="pk_site_rating"),
        sa.CheckConstraint("learned BETWEEN 1 AND 5 AND supported BETWEEN 1 AND 5 AND safe BETWEEN 1 AND 5 AND again BETWEEN 1 AND 5", name=op.f("ck_site_rating_each_1_to_5")),
    )
    op.create_table(
        "prompt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_prompt_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("asked", sa.String(32), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("scale", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(300), nullable=False),
        sa.Column("text_es", sa.String(300), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_prompt_student_id_student", ondelete="SET NULL"), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prompt"),
        sa.CheckConstraint("asked IN ('before', 'weekly', 'after', 'both')", name=op.f("ck_prompt_prompt_asked")),
        sa.CheckConstraint("step IN ('describe', 'personal', 'academic', 'civic', 'learning')", name=op.f("ck_prompt_prompt_step")),
        sa.CheckConstraint("state IN ('proposed', 'adopted', 'declined', 'retired')", name=op.f("ck_prompt_prompt_state")),
        sa.CheckConstraint("NOT scale OR asked = 'both'", name=op.f("ck_prompt_scales_before_and_after")),
        sa.UniqueConstraint("district_id", "code", name="uq_prompt_district_id_code"),
    )
    op.create_index("ix_prompt_student_id", "prompt", ["student_id"])
    op.create_table(
        "prompt_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prompt_id", sa.Integer(), sa.ForeignKey("prompt.id", name="fk_prompt_decision_prompt_id_prompt", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_prompt_decision_user_id_user"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prompt_decision"),
        sa.CheckConstraint("state IN ('proposed', 'adopted', 'declined', 'retired')", name=op.f("ck_prompt_decision_prompt_decision_state")),
    )
    op.create_index("ix_prompt_decision_prompt_id", "prompt_decision", ["prompt_id"])
    op.create_table(
        "prompt_vote",
        sa.Column("prompt_id", sa.Integer(), sa.ForeignKey("prompt.id", name="fk_prompt_vote_prompt_id_prompt", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_prompt_vote_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "student_id", name="pk_prompt_vote"),
    )
    op.create_index("ix_prompt_vote_student_id", "prompt_vote", ["student_id"])
    op.create_table(
        "reflection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_reflection_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("phase", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("prompts", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(), nullable=True),
        sa.Column("in_portfolio", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("for_employer", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reflection"),
        sa.CheckConstraint("phase IN ('before', 'weekly', 'after')", name=op.f("ck_reflection_reflection_phase")),
        sa.CheckConstraint("handed_in_at IS NOT NULL OR NOT (in_portfolio OR for_employer)", name=op.f("ck_reflection_drafts_are_private")),
        sa.CheckConstraint("(phase = 'weekly') = (number > 0)", name=op.f("ck_reflection_weeks_have_numbers")),
        sa.UniqueConstraint("placement_id", "phase", "number", name="uq_reflection_placement_id_phase_number"),
    )
    op.create_table(
        "reflection_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reflection_id", sa.Integer(), sa.ForeignKey("reflection.id", name="fk_reflection_comment_reflection_id_reflection", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_reflection_comment_user_id_user"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reflection_comment"),
    )
    op.create_index("ix_reflection_comment_reflection_id", "reflection_comment", ["reflection_id"])
    for statement in SQLITE_TRIGGERS if on_sqlite() else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them: what was rated and written goes too."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if not on_sqlite():
        for table in FIXED:
            op.execute(f"DROP FUNCTION {table}_refuse()")


def on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
