"""first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assessment",
        sa.Column("mention_id", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("thread_key", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mentions", sa.Integer(), nullable=False),
        sa.Column("sink", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index("case_author", ["author_key"], unique=False)
        batch_op.create_index("case_state", ["state", "opened_at"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("meta", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq"),
    )
    op.create_table(
        "control",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "decision",
        sa.Column("mention_id", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("eligibility", sa.String(), nullable=False),
        sa.Column("eligibility_reason", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("config_version", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("decision_at", ["at"], unique=False)

    op.create_table(
        "effect",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("sink", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("mention_id", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("thread_key", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sending_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.create_index("effect_author", ["author_key"], unique=False)
        batch_op.create_index("effect_case", ["case_id"], unique=False)
        batch_op.create_index(
            "effect_due",
            ["sink", sa.literal_column("priority DESC"), "queued_at", "key"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index("effect_mention", ["mention_id"], unique=False)
        batch_op.create_index(
            "effect_one_reply",
            ["brand", "author_key", "thread_key"],
            unique=True,
            sqlite_where=sa.text("kind = 'reply'"),
            postgresql_where=sa.text("kind = 'reply'"),
        )
        batch_op.create_index(
            "effect_replies",
            ["brand", "channel", "queued_at"],
            unique=False,
            sqlite_where=sa.text("kind = 'reply'"),
            postgresql_where=sa.text("kind = 'reply'"),
        )
        batch_op.create_index("effect_state", ["state", "sink"], unique=False)

    op.create_table(
        "listener",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "mention",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("listener", sa.String(), nullable=False),
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("thread_key", sa.String(), nullable=False),
        sa.Column("author", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("brand", "channel", "external_id"),
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index(
            "mention_any",
            [sa.literal_column("priority DESC"), "posted_at"],
            unique=False,
            sqlite_where=sa.text("state = 'heard'"),
            postgresql_where=sa.text("state = 'heard'"),
        )
        batch_op.create_index("mention_author", ["author_key"], unique=False)
        batch_op.create_index(
            "mention_case",
            ["case_id"],
            unique=False,
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        )
        batch_op.create_index(
            "mention_classified",
            ["author_key", "posted_at"],
            unique=False,
            sqlite_where=sa.text("state = 'classified'"),
            postgresql_where=sa.text("state = 'classified'"),
        )
        batch_op.create_index(
            "mention_heard",
            ["shard", sa.literal_column("priority DESC"), "posted_at"],
            unique=False,
            sqlite_where=sa.text("state = 'heard'"),
            postgresql_where=sa.text("state = 'heard'"),
        )
        batch_op.create_index(
            "mention_kept",
            ["heard_at"],
            unique=False,
            sqlite_where=sa.text("kept = 1"),
            postgresql_where=sa.text("kept"),
        )

    op.create_table(
        "meta",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "opt_out",
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("author_key"),
    )
    op.create_table(
        "spend",
        sa.Column("listener", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("dollars", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("listener", "day"),
    )
    op.create_table(
        "spoiled",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("listener", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "tally",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "brand", "channel", "reason"),
    )
    op.create_table(
        "tombstone",
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("author_key"),
    )
    op.create_table(
        "wake",
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stage", "key"),
    )
    with op.batch_alter_table("wake", schema=None) as batch_op:
        batch_op.create_index(
            "wake_dirty", ["since"], unique=False, sqlite_where=sa.text("dirty = 1"), postgresql_where=sa.text("dirty")
        )


def downgrade() -> None:
    with op.batch_alter_table("wake", schema=None) as batch_op:
        batch_op.drop_index("wake_dirty", sqlite_where=sa.text("dirty = 1"), postgresql_where=sa.text("dirty"))

    op.drop_table("wake")
    op.drop_table("tombstone")
    op.drop_table("tally")
    op.drop_table("spoiled")
    op.drop_table("spend")
    op.drop_table("opt_out")
    op.drop_table("meta")
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.drop_index("mention_kept", sqlite_where=sa.text("kept = 1"), postgresql_where=sa.text("kept"))
        batch_op.drop_index(
            "mention_heard", sqlite_where=sa.text("state = 'heard'"), postgresql_where=sa.text("state = 'heard'")
        )
        batch_op.drop_index(
            "mention_classified",
            sqlite_where=sa.text("state = 'classified'"),
            postgresql_where=sa.text("state = 'classified'"),
        )
        batch_op.drop_index(
            "mention_case", sqlite_where=sa.text("case_id IS NOT NULL"), postgresql_where=sa.text("case_id IS NOT NULL")
        )
        batch_op.drop_index("mention_author")
        batch_op.drop_index(
            "mention_any", sqlite_where=sa.text("state = 'heard'"), postgresql_where=sa.text("state = 'heard'")
        )

    op.drop_table("mention")
    op.drop_table("listener")
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.drop_index("effect_state")
        batch_op.drop_index(
            "effect_replies", sqlite_where=sa.text("kind = 'reply'"), postgresql_where=sa.text("kind = 'reply'")
        )
        batch_op.drop_index(
            "effect_one_reply", sqlite_where=sa.text("kind = 'reply'"), postgresql_where=sa.text("kind = 'reply'")
        )
        batch_op.drop_index("effect_mention")
        batch_op.drop_index(
            "effect_due", sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'")
        )
        batch_op.drop_index("effect_case")
        batch_op.drop_index("effect_author")

    op.drop_table("effect")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("decision_at")

    op.drop_table("decision")
    op.drop_table("control")
    op.drop_table("case_event")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("case_state")
        batch_op.drop_index("case_author")

    op.drop_table("case")
    op.drop_table("assessment")
