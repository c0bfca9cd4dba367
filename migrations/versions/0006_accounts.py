"""Roles of staff, one-time codes, invitations, new passwords by mail, sign-in at a district's provider.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OLD_ROLES = ("coordinator", "student", "employer")
NEW_ROLES = ("administrator", "coordinator", "advisor", "school_staff", "program_lead", "student", "employer")


def one_of(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"


def row(table: str, column: str, target: str, *, ondelete: str = "CASCADE", **options: object) -> sa.Column:
    """A column that names a row of another table."""
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}_{target}", ondelete=ondelete)
    return sa.Column(column, sa.Integer(), key, **options)


def membership(roles: tuple[str, ...]) -> sa.Table:
    """The table as it was, so that SQLite's way of changing one works without a database to look at."""
    return sa.Table(
        "membership",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        row("membership", "user_id", "user", nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        row("membership", "district_id", "district", nullable=True),
        row("membership", "employer_id", "employer", nullable=True),
        row("membership", "student_id", "student", nullable=True),
        *(
            ()
            if roles == OLD_ROLES
            else (
                row("membership", "school_id", "school", nullable=True),
                sa.Column("program", sa.String(64), nullable=True),
                sa.Index("ix_membership_district_id", "district_id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.CheckConstraint(one_of("role", roles), name=op.f("ck_membership_role")),
        sa.Index("ix_membership_user_id", "user_id"),
    )


def upgrade() -> None:
    """Add the tables, and room for the roles. Staff of a district needs codes from the next sign-in on."""
    with op.batch_alter_table("membership", copy_from=membership(OLD_ROLES)) as batch:
        batch.add_column(sa.Column("school_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("program", sa.String(64), nullable=True))
        batch.create_foreign_key("fk_membership_school_id_school", "school", ["school_id"], ["id"], ondelete="CASCADE")
        batch.drop_constraint(op.f("ck_membership_role"), type_="check")
        batch.create_check_constraint(op.f("ck_membership_role"), one_of("role", NEW_ROLES))
        batch.create_index("ix_membership_district_id", ["district_id"])
    op.add_column("district", sa.Column("codes_required", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "caseload",
        row("caseload", "user_id", "user", nullable=False),
        row("caseload", "student_id", "student", nullable=False),
        sa.PrimaryKeyConstraint("user_id", "student_id", name="pk_caseload"),
    )
    op.create_index("ix_caseload_student_id", "caseload", ["student_id"])
    op.create_table(
        "one_time_code",
        row("one_time_code", "user_id", "user", nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_one_time_code"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        row("recovery_code", "user_id", "user", nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_user_id", "recovery_code", ["user_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        row("invitation", "district_id", "district", nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("locale", sa.String(16), nullable=True),
        sa.Column("role", sa.String(32), nullable=False),
        row("invitation", "school_id", "school", nullable=True),
        sa.Column("program", sa.String(64), nullable=True),
        row("invitation", "employer_id", "employer", nullable=True),
        row("invitation", "student_id", "student", nullable=True),
        row("invitation", "invited_by", "user", ondelete="SET NULL", nullable=True),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
        sa.CheckConstraint(one_of("role", NEW_ROLES), name=op.f("ck_invitation_invitation_role")),
    )
    op.create_index("ix_invitation_district_id", "invitation", ["district_id"])
    op.create_table(
        "password_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        row("password_reset", "user_id", "user", nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_password_reset"),
        sa.UniqueConstraint("token_hash", name="uq_password_reset_token_hash"),
    )
    op.create_index("ix_password_reset_user_id", "password_reset", ["user_id"])
    op.create_table(
        "identity_provider",
        row("identity_provider", "district_id", "district", nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("discovery_url", sa.String(400), nullable=False),
        sa.Column("client_id", sa.String(200), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("asks_second_step", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", name="pk_identity_provider"),
    )
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        row("identity", "user_id", "user", nullable=False),
        sa.Column("issuer", sa.String(400), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_identity_issuer_subject"),
        sa.UniqueConstraint("user_id", "issuer", name="uq_identity_user_id_issuer"),
    )


def downgrade() -> None:
    """Drop all of it. Memberships of the new roles go: there is no word for them any more."""
    for table in (
        *("identity", "identity_provider", "password_reset", "invitation", "recovery_code"),
        *("one_time_code", "caseload"),
    ):
        op.drop_table(table)
    op.drop_column("district", "codes_required")
    op.execute(f"DELETE FROM membership WHERE NOT ({one_of('role', OLD_ROLES)})")
    with op.batch_alter_table("membership", copy_from=membership(NEW_ROLES)) as batch:
        batch.drop_index("ix_membership_district_id")
        batch.drop_constraint(op.f("ck_membership_role"), type_="check")
        batch.create_check_constraint(op.f("ck_membership_role"), one_of("role", OLD_ROLES))
        batch.drop_constraint("fk_membership_school_id_school", type_="foreignkey")
        batch.drop_column("program")
        batch.drop_column("school_id")
