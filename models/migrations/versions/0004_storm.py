"""storms: which list an alert went into"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LISTED, ALERTS, LISTS = sa.text("list_key IS NOT NULL"), sa.text("kind = 'alert'"), sa.text("kind = 'list'")


def upgrade() -> None:
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.add_column(sa.Column("list_key", sa.String(), nullable=True))
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.create_index(
            "effect_alerts",
            ["sink", "target", "settled_at"],
            unique=False,
            sqlite_where=ALERTS,
            postgresql_where=ALERTS,
        )
        batch_op.create_index("effect_list", ["list_key"], unique=False, sqlite_where=LISTED, postgresql_where=LISTED)
        batch_op.create_index("effect_lists", ["receipt"], unique=False, sqlite_where=LISTS, postgresql_where=LISTS)


def downgrade() -> None:
    with op.batch_alter_table("effect", schema=None) as batch_op:
        batch_op.drop_index("effect_lists", sqlite_where=LISTS)
        batch_op.drop_index("effect_list", sqlite_where=LISTED)
        batch_op.drop_index("effect_alerts", sqlite_where=ALERTS)
    # Not in a batch: that would write the whole outbox anew.
    op.drop_column("effect", "list_key")
