"""PostgreSQL, with the practice in scope announced to each transaction (ENGINE = "practices.postgres").

The policies compare practice_id with the setting app.practice_id, which this wrapper sets before the first statement
of a transaction and whenever the scope changes within it. A statement in a scope outside a transaction raises, since
the setting would not outlive it.
"""

from datetime import UTC
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import Format, TransactionStatus

from practices.postgres.schema import PracticeSchemaEditor
from practices.scope import practice_in_scope

UNKNOWN = object()
PREPARED_MOST = 300  # statements of a connection: those of every page of the desk, with lists of several lengths
VALUES_MOST = 1_000  # of a statement whose plan is kept; the protocol takes 65,535
FAST_LOADER = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)


class NoTransaction(RuntimeError):
    """A statement in a practice's scope outside a transaction: a mistake in the code."""


class TimeLoader(psycopg.adapt.Loader):
    """A timestamp of a connection that speaks UTC. Django's own loader reads it in Python, which takes eight times as
    long; a row of a conversation has six of them."""

    timezone = UTC  # Django asks whether it is the connection's

    def __init__(self, oid: int, context: Any = None) -> None:
        super().__init__(oid, context)
        self._fast = FAST_LOADER(oid, context).load

    def load(self, data: Any) -> Any:
        return self._fast(data)


class PlanningCursor(base.ServerBindingCursor):
    """Lets PostgreSQL bind, and keep the plan of what is asked again (ADR 31). A statement with many values is bound
    here: no two of those are alike, and a bulk insert may have more of them than the protocol takes."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if params and len(params) > VALUES_MOST:
            bound = psycopg.ClientCursor(self.connection).mogrify(query, params)
            return super().execute(bound, None, prepare=False)
        return super().execute(query, params, **options)


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = PracticeSchemaEditor

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._announced: object = None
        # Keys made in the transaction at hand (practices/keys.py); other transactions may not use them yet.
        self.fresh_keys: dict[Any, Any] = {}
        self.keys_made_here: set[Any] = set()
        self.execute_wrappers.append(self._announce_practice)

    def get_connection_params(self) -> Any:
        bound_by_server = self.features.uses_server_side_binding
        return super().get_connection_params() | ({"cursor_factory": PlanningCursor} if bound_by_server else {})

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", TimeLoader)
        connection.prepared_max = PREPARED_MOST
        return connection

    def _announce_practice(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        self.announce()
        return execute(sql, params, many, context)

    def announce(self) -> None:
        """Tell PostgreSQL the practice in scope; for statements that do not go through Django's cursor."""
        practice = practice_in_scope()
        if not self.in_atomic_block:
            if practice is not None:
                raise NoTransaction
        elif practice != self._announced and self._accepts_statements():
            with self.wrap_database_errors:  # a lost connection must look like one to Django
                self.connection.execute("select set_config('app.practice_id', %s, true)", [str(practice or "")])
            self._announced = practice

    def _accepts_statements(self) -> bool:
        return bool(self.connection.info.transaction_status != TransactionStatus.INERROR)

    def _forget_transaction(self) -> None:
        self._announced = None
        self.fresh_keys.clear()
        self.keys_made_here.clear()

    def set_autocommit(self, *args: Any, **kwargs: Any) -> None:
        self._forget_transaction()
        super().set_autocommit(*args, **kwargs)

    def _commit(self) -> None:
        self._forget_transaction()
        super()._commit()

    def _rollback(self) -> None:
        self._forget_transaction()
        super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self._announced = UNKNOWN  # undone together with the savepoint
        self.fresh_keys.clear()
