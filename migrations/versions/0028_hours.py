"""Hours: time entries and what they were, breaches of the law of hours, absences, links, settings.

Revision ID: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = ("time_entry", "time_entry_change", "hours_breach", "absence", "hours_link", "hours_setting")
STATES = "state IN ('draft', 'submitted', 'confirmed', 'questioned', 'withdrawn')"
OPEN = "ended_at IS NULL AND state = 'draft'"
SQLITE_TRIGGERS = (
    """CREATE TRIGGER time_entry_change_fixed BEFORE UPDATE ON time_entry_change
    BEGIN SELECT RAISE(ABORT, 'time_entry_change never changes'); END""",
)
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION time_entry_change_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'time_entry_change never changes'; END $$""",
    """CREATE TRIGGER time_entry_change_fixed BEFORE UPDATE ON time_entry_change
    FOR EACH ROW EXECUTE FUNCTION time_entry_change_refuse()""",
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "time_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_time_entry_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column("worked_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_time_entry"),
        sa.UniqueConstraint("placement_id", "uid", name="uq_time_entry_placement_id_uid"),
        sa.CheckConstraint(STATES, name=op.f("ck_time_entry_time_entry_state")),
        sa.CheckConstraint("break_minutes >= 0 AND minutes >= 0", name=op.f("ck_time_entry_never_negative")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at > started_at", name=op.f("ck_time_entry_ends_after_it_began")),
        sa.CheckConstraint("ended_at IS NOT NULL OR state IN ('draft', 'withdrawn')", name=op.f("ck_time_entry_sent_when_ended")),
    )
    op.create_index("ix_time_entry_placement_id_worked_on", "time_entry", ["placement_id", "worked_on"])
    op.create_index("ix_time_entry_state_worked_on", "time_entry", ["state", "worked_on"])
    op.create_index("uq_time_entry_open", "time_entry", ["placement_id"], unique=True, sqlite_where=sa.text(OPEN), postgresql_where=sa.text(OPEN))
    op.create_table(
        "time_entry_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), sa.ForeignKey("time_entry.id", name="fk_time_entry_change_entry_id_time_entry", ondelete="CASCADE"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("break_minutes", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_time_entry_change"),
        sa.UniqueConstraint("entry_id", "version", name="uq_time_entry_change_entry_id_version"),
        sa.CheckConstraint("kind IN ('check_in', 'check_out', 'write', 'correct', 'send', 'confirm', 'question', 'withdraw')", name=op.f("ck_time_entry_change_time_entry_change_kind")),
        sa.CheckConstraint(STATES, name=op.f("ck_time_entry_change_time_entry_change_state")),
    )
    op.create_table(
        "hours_breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_hours_breach_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("says", sa.String(32), nullable=False),
        sa.Column("under_age", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("gone_at", sa.DateTime(), nullable=True),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_hours_breach_settled_by_user"), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hours_breach"),
        sa.UniqueConstraint("placement_id", "rule", "day", name="uq_hours_breach_placement_id_rule_day"),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_absence_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
        sa.UniqueConstraint("placement_id", "on_day", name="uq_absence_placement_id_on_day"),
    )
    op.create_table(
        "hours_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_hours_link_placement_id_placement", ondelete="CASCADE"), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_hours_link_created_by_user"), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_hours_link"),
        sa.UniqueConstraint("token_hash", name="uq_hours_link_token_hash"),
    )
    op.create_index("ix_hours_link_placement_id", "hours_link", ["placement_id"])
    op.create_table(
        "hours_setting",
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_hours_setting_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("hours_per_credit", sa.Integer(), nullable=True),
        sa.Column("hours_needed", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("district_id", name="pk_hours_setting"),
        sa.CheckConstraint("hours_per_credit IS NULL OR hours_per_credit > 0", name=op.f("ck_hours_setting_credit_positive")),
        sa.CheckConstraint("hours_needed IS NULL OR hours_needed > 0", name=op.f("ck_hours_setting_needed_positive")),
    )
    for statement in SQLITE_TRIGGERS if on_sqlite() else POSTGRESQL_TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them: the hours go too."""
    for table in reversed(TABLES):
        op.drop_table(table)
    if not on_sqlite():
        op.execute("DROP FUNCTION time_entry_change_refuse()")


def on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
