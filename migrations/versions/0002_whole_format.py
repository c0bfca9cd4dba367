"""The whole round format: limits, companions, budgets, kept files, several seats a student.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_CELLS = (("submission", "max_placements"), ("offering", "budget_id"), ("offering", "cost"))
ONE_SEAT = "uq_placement_publication_id_student_id"
MANY_SEATS = "uq_placement_publication_id_student_id_offering_id"


def proposal() -> sa.Table:
    """The table as it was, so that SQLite's way of changing one works without a database to look at."""
    return sa.Table(
        "proposal",
        sa.MetaData(),
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
        sa.Index("ix_proposal_offering_id", "offering_id"),
    )


def placement() -> sa.Table:
    """As ``proposal``."""
    return sa.Table(
        "placement",
        sa.MetaData(),
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
        sa.UniqueConstraint("publication_id", "student_id", name=ONE_SEAT),
        sa.CheckConstraint("state IN ('published', 'withdrawn')", name=op.f("ck_placement_placement_state")),
        sa.Index("ix_placement_offering_id", "offering_id"),
        sa.Index("ix_placement_round_id", "round_id"),
        sa.Index("ix_placement_student_id", "student_id"),
    )


def upgrade() -> None:
    """Make the tables, and let a student have more than one proposal of a run."""
    op.create_table(
        "placement_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_placement_limit_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("high", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_placement_limit"),
        sa.UniqueConstraint("round_id", "scope", "name", name="uq_placement_limit_round_id_scope_name"),
        sa.CheckConstraint("low IS NULL OR high IS NULL OR low <= high", name=op.f("ck_placement_limit_low_to_high")),
    )
    op.create_table(
        "companion",
        sa.Column("first_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_companion_first_id_submission", ondelete="CASCADE"), nullable=False),
        sa.Column("second_id", sa.Integer(), sa.ForeignKey("submission.id", name="fk_companion_second_id_submission", ondelete="CASCADE"), nullable=False),
        sa.Column("relation", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("first_id", "second_id", name="pk_companion"),
        sa.CheckConstraint("first_id <> second_id", name=op.f("ck_companion_two_students")),
        sa.CheckConstraint("relation IN ('together', 'apart')", name=op.f("ck_companion_companion_relation")),
    )
    op.create_index("ix_companion_second_id", "companion", ["second_id"])
    op.create_table(
        "budget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_budget_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", sa.String(64), nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget"),
        sa.UniqueConstraint("round_id", "external_id", name="uq_budget_round_id_external_id"),
    )
    op.create_table(
        "round_file",
        sa.Column("round_id", sa.Integer(), sa.ForeignKey("round.id", name="fk_round_file_round_id_round", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "name", name="pk_round_file"),
    )
    op.create_table(
        "run_advice",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("solve_run.id", name="fk_run_advice_run_id_solve_run", ondelete="CASCADE"), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_run_advice_requested_by_user"), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("record", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name="pk_run_advice"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_run_advice_advice_state")
        ),
    )
    for table, column in NEW_CELLS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
    op.add_column("solve_run", sa.Column("previous_number", sa.Integer(), nullable=True))
    with op.batch_alter_table("proposal", copy_from=proposal()) as batch:
        batch.drop_constraint("pk_proposal", type_="primary")
        batch.create_primary_key("pk_proposal", ["run_id", "submission_id", "offering_id"])
    with op.batch_alter_table("placement", copy_from=placement()) as batch:
        batch.drop_constraint(ONE_SEAT, type_="unique")
        batch.create_unique_constraint(MANY_SEATS, ["publication_id", "student_id", "offering_id"])


def downgrade() -> None:
    """Take it back; a student who has several proposals or placements keeps the first of them."""
    for table, owner, key in (("proposal", "run_id", "submission_id"), ("placement", "publication_id", "student_id")):
        op.execute(
            f"DELETE FROM {table} WHERE EXISTS (SELECT 1 FROM {table} AS other WHERE other.{owner} = {table}.{owner}"
            f" AND other.{key} = {table}.{key} AND other.offering_id < {table}.offering_id)"
        )
    with op.batch_alter_table("placement") as batch:
        batch.drop_constraint(MANY_SEATS, type_="unique")
        batch.create_unique_constraint(ONE_SEAT, ["publication_id", "student_id"])
    with op.batch_alter_table("proposal") as batch:
        batch.drop_constraint("pk_proposal", type_="primary")
        batch.create_primary_key("pk_proposal", ["run_id", "submission_id"])
    for table, column in (("solve_run", "previous_number"), *reversed(NEW_CELLS)):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
    for table in ("run_advice", "round_file", "budget", "companion", "placement_limit"):
        op.drop_table(table)
