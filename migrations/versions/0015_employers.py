"""Vetting of employers, outreach, uploads of prospects, and links by which an employer confirms a posting.

Revision ID: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ITEMS = "item IN ('contact', 'site', 'insurance', 'safety', 'background', 'non_discrimination', 'supervision')"
STAGES = "stage IN ('prospect', 'contacted', 'interested', 'vetted', 'hosting', 'thanked')"
ORIGIN = (
    "origin VARCHAR(32) DEFAULT 'folder' NOT NULL CONSTRAINT ck_employer_employer_origin "
    "CHECK (origin IN ('folder', 'sign_up', 'prospect'))"
)


def employer_key(table: str) -> sa.ForeignKey:
    return sa.ForeignKey("employer.id", name=f"fk_{table}_employer_id_employer", ondelete="CASCADE")


def user_key(table: str, column: str = "user_id") -> sa.ForeignKey:
    return sa.ForeignKey("user.id", name=f"fk_{table}_{column}_user")


def upgrade() -> None:
    """Make the tables; employers who are there came with files."""
    op.add_column("employer", sa.Column("about", sa.Text(), server_default="", nullable=False))
    op.execute(f"ALTER TABLE employer ADD COLUMN {ORIGIN}")
    op.create_table(
        "employer_owner",
        sa.Column("employer_id", sa.Integer(), employer_key("employer_owner"), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user.id", name="fk_employer_owner_user_id_user", ondelete="CASCADE"), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("employer_id", name="pk_employer_owner"),
    )
    op.create_table(
        "vetting_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), employer_key("vetting_check"), nullable=False),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Integer(), user_key("vetting_check", "checked_by"), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_vetting_check"),
        sa.UniqueConstraint("employer_id", "item", name="uq_vetting_check_employer_id_item"),
        sa.CheckConstraint(ITEMS, name=op.f("ck_vetting_check_vetting_item")),
    )
    op.create_index("ix_vetting_check_expires_on", "vetting_check", ["expires_on"])
    op.create_table(
        "vetting_rule",
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_vetting_rule_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("district_id", name="pk_vetting_rule"),
    )
    op.create_table(
        "outreach",
        sa.Column("employer_id", sa.Integer(), employer_key("outreach"), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("next_action", sa.String(200), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("employer_id", name="pk_outreach"),
        sa.CheckConstraint(STAGES, name=op.f("ck_outreach_outreach_stage")),
    )
    op.create_table(
        "outreach_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employer_id", sa.Integer(), employer_key("outreach_note"), nullable=False),
        sa.Column("user_id", sa.Integer(), user_key("outreach_note"), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reason_id", sa.Integer(), sa.ForeignKey("reason.id", name="fk_outreach_note_reason_id_reason"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outreach_note"),
    )
    op.create_index("ix_outreach_note_employer_id", "outreach_note", ["employer_id"])
    op.create_table(
        "prospect_upload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), sa.ForeignKey("district.id", name="fk_prospect_upload_district_id_district", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.Integer(), user_key("prospect_upload"), nullable=True),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_prospect_upload"),
    )
    op.create_index("ix_prospect_upload_district_id", "prospect_upload", ["district_id"])
    op.create_table(
        "posting_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "opportunity_id", sa.Integer(), sa.ForeignKey("opportunity.id", name="fk_posting_link_opportunity_id_opportunity", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_by", sa.Integer(), user_key("posting_link", "created_by"), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_posting_link"),
        sa.UniqueConstraint("token_hash", name="uq_posting_link_token_hash"),
    )
    op.create_index("ix_posting_link_opportunity_id", "posting_link", ["opportunity_id"])


def downgrade() -> None:
    """Drop them, and what was checked and noted with them."""
    for table in ("posting_link", "prospect_upload", "outreach_note", "outreach", "vetting_rule", "vetting_check"):
        op.drop_table(table)
    op.drop_table("employer_owner")
    for column in ("origin", "about"):
        op.execute(f"ALTER TABLE employer DROP COLUMN {column}")
