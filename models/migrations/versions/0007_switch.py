"""the change of channel: switches, contacts, consents, surveys, win-back, and one line that closes a case in public"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("stage NOT IN ('resolved', 'closed', 'dropped')")
ONE_REPLY = sa.text("kind = 'reply' AND purpose <> 'closing'")
REPLY = sa.text("kind = 'reply'")
CLOSING = sa.text("kind = 'reply' AND purpose = 'closing'")
SEALED = sa.text("sealed <> ''")


def text(name: str, **options) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False, **options)


def moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, MOMENT, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "switch",
        *map(text, ("id", "case_id", "brand", "from_channel", "to_channel")),
        sa.Column("hop", sa.Integer(), nullable=False),
        *map(text, ("stage", "why", "drop")),
        moment("opened_at"),
        moment("moved_at"),
        moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("switch_case", "switch", ["case_id"])
    op.create_index("switch_opened", "switch", ["opened_at"])
    op.create_index("switch_live", "switch", ["case_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.create_table(
        "contact",
        *map(text, ("id", "case_id", "brand", "kind")),
        sa.Column("sealed", sa.Text(), nullable=False),
        *map(text, ("region", "lang", "zone")),
        sa.Column("windows", sa.JSON(), nullable=False),
        *map(text, ("receipt", "by")),
        moment("given_at"),
        moment("erase_at"),
        moment("withdrawn_at", nullable=True),
        moment("erased_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contact_case", "contact", ["case_id"])
    op.create_index("contact_receipt", "contact", ["receipt"], unique=True)
    op.create_index("contact_kept", "contact", ["erase_at"], sqlite_where=SEALED, postgresql_where=SEALED)
    op.create_table(
        "consent",
        *map(text, ("id", "case_id", "contact_id", "brand", "purpose")),
        sa.Column("text", sa.Text(), nullable=False),
        *map(text, ("lang", "digest")),
        moment("given_at"),
        text("how"),
        moment("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("consent_case", "consent", ["case_id"])
    op.create_table(
        "survey",
        *map(text, ("case_id", "brand", "from_channel", "to_channel", "route", "via")),
        moment("asked_at"),
        moment("answered_at", nullable=True),
        sa.Column("csat", sa.Integer(), nullable=True),
        sa.Column("nps", sa.Integer(), nullable=True),
        sa.Column("again", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("survey_asked", "survey", ["asked_at"])
    op.create_table(
        "winback",
        *map(text, ("case_id", "brand", "channel", "arm")),
        moment("opened_at"),
        moment("due_at"),
        text("outcome"),
        moment("outcome_at", nullable=True),
        text("by"),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("winback_opened", "winback", ["opened_at"])
    op.create_index("winback_due", "winback", ["due_at"])
    with op.batch_alter_table("case") as batch_op:
        batch_op.add_column(moment("turned_at", nullable=True))
    with op.batch_alter_table("effect") as batch_op:
        batch_op.drop_index("effect_one_reply")
        batch_op.create_index(
            "effect_one_reply",
            ["brand", "author_key", "thread_key"],
            unique=True,
            sqlite_where=ONE_REPLY,
            postgresql_where=ONE_REPLY,
        )
        batch_op.create_index(
            "effect_one_closing", ["case_id"], unique=True, sqlite_where=CLOSING, postgresql_where=CLOSING
        )


def downgrade() -> None:
    op.execute("DELETE FROM effect WHERE kind = 'reply' AND purpose = 'closing'")
    with op.batch_alter_table("effect") as batch_op:
        batch_op.drop_index("effect_one_closing")
        batch_op.drop_index("effect_one_reply")
        batch_op.create_index(
            "effect_one_reply",
            ["brand", "author_key", "thread_key"],
            unique=True,
            sqlite_where=REPLY,
            postgresql_where=REPLY,
        )
    with op.batch_alter_table("case") as batch_op:
        batch_op.drop_column("turned_at")
    for name in ("winback", "survey", "consent", "contact", "switch"):
        op.drop_table(name)
