"""The schema: migrations make exactly what the tables say, and a database that is not ours is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, bindparam, create_engine, insert, text
from sqlmodel import Session, SQLModel

from models.columns import UtcDateTime
from models.correction import Correction
from models.errors import StoreError
from models.press import Person
from models.store import Store, casework, corrections, escalations
from models.store.dialect import table
from models.store.rows import mention_values
from models.store.schema import HEAD, MIGRATIONS, revision
from models.tables import EffectRow, MentionRow
from tests.build import NOW, mention
from tests.models.store.steps import hear
from tests.stores import one, rows

INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE tablename <> 'alembic_version'",
}


def test_the_newest_migration_is_the_schema_that_the_code_names() -> None:
    """There is one line of migrations, and its end is the revision that this version asks for."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_makes_what_the_tables_say(store: Store) -> None:
    """Alembic finds no difference between a migrated database and the tables of the code."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_migrating_makes_every_index_with_its_condition(store_url: str) -> None:
    """Indexes are the same, conditions and directions included, as those of tables made straight from the code."""
    store = Store.open(store_url)
    migrated = indexes(store)
    SQLModel.metadata.drop_all(store.engine)
    SQLModel.metadata.create_all(store.engine)
    assert indexes(store) == migrated
    store.close()


def indexes(store: Store) -> dict[str, str]:
    """The indexes of a database by name, as the database itself words them."""
    found = rows(store, INDEXES[store.engine.dialect.name])
    return {name: re.sub(r"\s+", " ", sql) for name, sql in found}


def test_one_public_reply_is_a_rule_of_the_database_itself(store: Store) -> None:
    """The partial unique index that stands behind the promise of one reply is there."""
    index = indexes(store)["effect_one_reply"]
    assert "UNIQUE" in index
    assert "reply" in index


def test_opening_again_keeps_everything(store_url: str) -> None:
    """A second start finds the schema and the rows as they are."""
    first = Store.open(store_url)
    hear(first, mention())
    first.close()
    second = Store.open(store_url)
    assert one(second, "SELECT count(*) FROM mention") == 1
    assert revision(second.engine) == HEAD
    second.close()


def test_a_database_from_a_newer_version_is_refused(store_url: str) -> None:
    """It is left as it is, and the message says which version wrote it and what to do."""
    store = Store.open(store_url)
    store.do(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    store.close()
    with pytest.raises(StoreError, match=r"schema 9999, .* knows 0\d+ at most: run the newer version"):
        Store.open(store_url)


def test_a_database_of_something_else_is_refused(store_url: str) -> None:
    """Tables that are not ours are never mixed with ours."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(StoreError, match="did not make; give it a database of its own"):
        Store.open(store_url)
    with engine.connect() as connection:
        assert not engine.dialect.has_table(connection, "mention")
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(store_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When the schema cannot be made to its end no table stays, and the next start makes all of it."""
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    (broken / "env.py").write_text((MIGRATIONS / "env.py").read_text())
    source = next((MIGRATIONS / "versions").glob("0001_*.py")).read_text()
    half = source.replace("def downgrade", '    op.execute("SELECT * FROM nowhere")\n\n\ndef downgrade')
    (broken / "versions" / "0001_half.py").write_text(half)
    with monkeypatch.context() as patched:
        patched.setattr("models.store.schema.MIGRATIONS", broken)
        with pytest.raises(StoreError, match="nowhere"):
            Store.open(store_url)
    store = Store.open(store_url)
    assert one(store, "SELECT count(*) FROM mention") == 0
    store.close()


def test_a_database_of_the_first_schema_is_upgraded_with_its_rows(store_url: str, tmp_path: Path) -> None:
    """What the first version wrote is still there after the upgrade, and corrections can be kept beside it."""
    with pytest.MonkeyPatch.context() as patched:
        old = tmp_path / "migrations"
        (old / "versions").mkdir(parents=True)
        for name in ("env.py", "versions/0001_first_schema.py"):
            (old / name).write_text((MIGRATIONS / name).read_text())
        patched.setattr("models.store.schema.MIGRATIONS", old)
        first = Store.open(store_url)
        first.do(heard_by_the_first_version)
        assert revision(first.engine) == "0001"
        first.close()
    second = Store.open(store_url)
    assert revision(second.engine) == HEAD
    assert rows(second, "SELECT id FROM mention") == [(mention().id,)]
    assert second.do(corrections.add, Correction(mention().id, NOW, "ana", {}, needed=True))
    second.close()


def test_a_case_that_was_open_before_the_desk_is_still_reminded_of(store_url: str, tmp_path: Path) -> None:
    """An upgrade starts the escalation of the day's open cases, and neither of those reminded of nor of older ones."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("models.store.schema.MIGRATIONS", until(tmp_path, "0002"))
        first = Store.open(store_url)
        now = datetime.now(UTC).replace(microsecond=0)
        cases = [("a", "open", 1), ("b", "open", 2), ("c", "open", 900), ("d", "resolved", 1)]
        for name, state, hours in cases:
            first.do(opened_before_the_desk, name, state, now - timedelta(hours=hours))
        first.do(reminded_before_the_desk, "b", now)
        first.close()
    second = Store.open(store_url)
    assert rows(second, 'SELECT id FROM "case" WHERE step_at = opened_at') == [("a",)]
    assert rows(second, 'SELECT count(*) FROM "case" WHERE step_at IS NULL') == [(3,)]
    assert [waiting.case.id for waiting in second.do(escalations.due, now)] == ["a"]
    assert second.do(casework.claim, "b", Person("UANA", "Ana"), now).done
    second.close()


def heard_by_the_first_version(session: Session) -> None:
    """A mention as the first schema kept it."""
    values = mention_values(mention(), "sample", NOW, "heard") | {"kept": True}
    since = ("edited_at", "checked_at", "canonical")
    columns = [
        Column(one.name, one.type) for one in table(MentionRow).c if one.name in values and one.name not in since
    ]
    old = Table("mention", MetaData(), *columns)
    session.execute(insert(old).values({one.name: values[one.name] for one in columns}))


def until(path: Path, last: str) -> Path:
    """The migrations up to one of them."""
    old = path / "migrations"
    (old / "versions").mkdir(parents=True)
    for source in (MIGRATIONS / "env.py", *(MIGRATIONS / "versions").glob("0*.py")):
        if source.name == "env.py" or source.name[:4] <= last:
            (old / source.relative_to(MIGRATIONS)).write_text(source.read_text())
    return old


def opened_before_the_desk(session: Session, name: str, state: str, at: datetime) -> None:
    """A case as the second schema kept it, with its card."""
    columns = "id, code, brand, channel, state, route, author_key, thread_key, opened_at, last_at, mentions"
    values = "'call', 'k', 't', :at, :at, 1, 'slack', '#care', 'C1:1.5'"
    row = text(f"INSERT INTO \"case\" ({columns}, sink, target, card) VALUES (:id, :id, 'b', 'x', :state, {values})")
    session.execute(row.bindparams(bindparam("at", type_=UtcDateTime())), {"id": name, "state": state, "at": at})


def reminded_before_the_desk(session: Session, name: str, at: datetime) -> None:
    """The reminder that the version before sent under the card."""
    kept = {"state": "sent", "attempt": 1, "doubtful": False, "priority": 15, "body": {}, "queued_at": at}
    places = {"sink": "slack", "kind": "note", "target": "#care", "brand": "b", "channel": "", "case_id": name}
    words = {"purpose": "nudge", "author_key": "", "thread_key": "", "url": "", "error": "", "key": f"nudge-{name}"}
    session.execute(insert(table(EffectRow)).values(kept | places | words))
