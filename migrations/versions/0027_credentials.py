"""Credentials of completed placements: signing keys, standing, documents, links; who may share.

Revision ID: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

REASONS = "'wrong', 'not_completed', 'replaced', 'asked', 'key'"
SQLITE_TRIGGER = """CREATE TRIGGER credential_document_fixed
    BEFORE UPDATE OF credential_id, student_id, token ON credential_document
    BEGIN SELECT RAISE(ABORT, 'credential_document never changes'); END"""
POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION credential_document_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'credential_document never changes'; END $$""",
    """CREATE TRIGGER credential_document_fixed
    BEFORE UPDATE OF credential_id, student_id, token ON credential_document
    FOR EACH ROW EXECUTE FUNCTION credential_document_refuse()""",
)


def upgrade() -> None:
    """Make the tables. A key is made when a district issues its first credential."""
    op.add_column(
        "district", sa.Column("sharing_needs_consent", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_signing_key_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("thumbprint", sa.String(64), nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_signing_key"),
        sa.UniqueConstraint("thumbprint", name="uq_signing_key_thumbprint"),
    )
    op.create_index("ix_signing_key_district_id", "signing_key", ["district_id"])
    op.create_index("uq_signing_key_in_use", "signing_key", ["district_id"], unique=True, sqlite_where=sa.text("retired_at IS NULL"), postgresql_where=sa.text("retired_at IS NULL"))
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_credential_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("placement_id", sa.Integer(), sa.ForeignKey("placement.id", name="fk_credential_placement_id_placement", ondelete="SET NULL"), nullable=True),
        sa.Column("key_id", sa.Integer(), sa.ForeignKey("signing_key.id", name="fk_credential_key_id_signing_key"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("issued_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_credential_issued_by_user"), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_by", sa.Integer(), sa.ForeignKey("user.id", name="fk_credential_revoked_by_user"), nullable=True),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sa.UniqueConstraint("uuid", name="uq_credential_uuid"),
        sa.UniqueConstraint("district_id", "position", name="uq_credential_district_id_position"),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_credential_credential_reason")),
        sa.CheckConstraint("(revoked_at IS NULL) = (reason IS NULL)", name=op.f("ck_credential_revoked_with_a_reason")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_credential_position_not_negative")),
    )
    op.create_index("ix_credential_placement_id", "credential", ["placement_id"])
    op.create_index("uq_credential_standing", "credential", ["placement_id"], unique=True, sqlite_where=sa.text("revoked_at IS NULL"), postgresql_where=sa.text("revoked_at IS NULL"))
    op.create_table(
        "credential_document",
        sa.Column("credential_id", sa.Integer(), sa.ForeignKey("credential.id", name="fk_credential_document_credential_id_credential", ondelete="CASCADE"), nullable=False),
        sa.Column("student_id", sa.Integer(), sa.ForeignKey("student.id", name="fk_credential_document_student_id_student", ondelete="CASCADE"), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("credential_id", name="pk_credential_document"),
    )
    op.create_index("ix_credential_document_student_id", "credential_document", ["student_id"])
    op.create_table(
        "credential_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), sa.ForeignKey("credential_document.credential_id", name="fk_credential_link_credential_id_credential_document", ondelete="CASCADE"), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_credential_link"),
        sa.UniqueConstraint("token_hash", name="uq_credential_link_token_hash"),
    )
    op.create_index("ix_credential_link_credential_id", "credential_link", ["credential_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_TRIGGER)
    else:
        for statement in POSTGRESQL_TRIGGERS:
            op.execute(statement)


def downgrade() -> None:
    """Forget every credential: what was handed out verifies no more, as no key is published."""
    for table in ("credential_link", "credential_document", "credential", "signing_key"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION credential_document_refuse()")
    op.drop_column("district", "sharing_needs_consent")
