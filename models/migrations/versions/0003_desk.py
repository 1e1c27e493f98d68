"""the desk: who has a case, until when, what was pressed, what is muted"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from models.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENTS = ("claimed_at", "answer_by", "resolve_by", "answered_at", "snoozed_until", "step_at")
TEXTS = ("holder", "holder_name", "reason")
COUNTS = ("version", "step")


def upgrade() -> None:
    with op.batch_alter_table("case", schema=None) as batch_op:
        for name in MOMENTS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name in TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        for name in COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("draft", sa.JSON(), nullable=True))
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.create_index(
            "case_holder",
            ["holder"],
            unique=False,
            sqlite_where=sa.text("holder <> ''"),
            postgresql_where=sa.text("holder <> ''"),
        )
        batch_op.create_index(
            "case_snoozed",
            ["snoozed_until"],
            unique=False,
            sqlite_where=sa.text("snoozed_until IS NOT NULL"),
            postgresql_where=sa.text("snoozed_until IS NOT NULL"),
        )
    # Who was to be reminded of a case by the version before is still reminded; older cases stay as quiet as they were.
    waiting = sa.text(
        "UPDATE \"case\" SET step_at = opened_at WHERE state = 'open' AND opened_at > :since AND NOT EXISTS "
        "(SELECT 1 FROM effect WHERE effect.case_id = \"case\".id AND effect.purpose = 'nudge')"
    ).bindparams(sa.bindparam("since", datetime.now(UTC) - timedelta(days=1), type_=UtcDateTime()))
    op.execute(waiting)
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index("case_event_at", ["at"], unique=False)

    op.create_table(
        "press",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("press", schema=None) as batch_op:
        batch_op.create_index("press_at", ["at"], unique=False)

    op.create_table(
        "mute",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "value", "brand"),
    )


def downgrade() -> None:
    op.drop_table("mute")
    with op.batch_alter_table("press", schema=None) as batch_op:
        batch_op.drop_index("press_at")

    op.drop_table("press")
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.drop_index("case_event_at")
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.drop_index("case_snoozed", sqlite_where=sa.text("snoozed_until IS NOT NULL"))
        batch_op.drop_index("case_holder", sqlite_where=sa.text("holder <> ''"))
        for name in ("draft", *COUNTS, *TEXTS, *MOMENTS):
            batch_op.drop_column(name)
