"""conversation: what a post answers, which posts say the same, edits, rechecks and gaps"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT_SQLITE, KEPT = sa.text("kept = 1"), sa.text("kept")
CANONICAL, WANTED = sa.text("canonical <> ''"), sa.text("state = 'wanted'")


def upgrade() -> None:
    _tables()
    # Plain ALTERs: a batch would write all mentions anew.
    op.add_column("mention", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mention", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mention", sa.Column("canonical", sa.String(), nullable=False, server_default=""))
    op.execute("UPDATE mention SET checked_at = heard_at")
    op.add_column("listener", sa.Column("gaps", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("listener", sa.Column("gap_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("mention_post", "mention", ["external_id", "channel"])
    op.create_index(
        "mention_recheck",
        "mention",
        ["channel", "checked_at"],
        sqlite_where=KEPT_SQLITE,
        postgresql_where=KEPT,
    )
    op.create_index(
        "mention_canonical",
        "mention",
        ["canonical", "brand"],
        sqlite_where=CANONICAL,
        postgresql_where=CANONICAL,
    )


def _tables() -> None:
    op.create_table(
        "parent",
        sa.Column("mention_id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("missing", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
    )
    op.create_index("parent_post", "parent", ["external_id", "channel"])
    op.create_index("parent_author", "parent", ["author_key"])
    op.create_index("parent_wanted", "parent", ["next_at"], sqlite_where=WANTED, postgresql_where=WANTED)
    op.create_table(
        "alike",
        sa.Column("mention_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
    )
    op.create_index("alike_case", "alike", ["case_id", "state"])
    op.create_index("alike_author", "alike", ["author_key"])


def downgrade() -> None:
    for index in ("mention_canonical", "mention_recheck", "mention_post"):
        op.drop_index(index, "mention")
    for table, column in (
        ("listener", "gap_at"),
        ("listener", "gaps"),
        ("mention", "canonical"),
        ("mention", "checked_at"),
        ("mention", "edited_at"),
    ):
        op.drop_column(table, column)
    op.drop_table("alike")
    op.drop_table("parent")
