"""Holds the addresses of an urlconf to a table of who may use them. Each check answers a list of complaints."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from practices.models import Practice, Role
from practices.scope import practice_scope
from tests.guards.route_access import Api, Ids, OfPractice, Personal, Public, Route

Table = Mapping[str, tuple[Route, ...]]
UNKNOWN_ID = UUID("01900000-0000-7000-8000-000000000000")
NO_IDS: Ids = {}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# What reading may change: who looked at what, how often a code was opened, and when a session was last active.
MAY_GROW = {"practices_accesslog", "consent_qrday", "login_session"}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver."""

    name: str
    path: str
    arguments: tuple[str, ...]
    roles: frozenset[Role] | None  # what its decorator says

    @property
    def is_of_practice(self) -> bool:
        return self.path.startswith("p/")

    @property
    def needs_member(self) -> bool:
        """All of a practice's pages but those that say in so many words that nobody logs in there."""
        return self.is_of_practice and self.roles != frozenset()

    def url(self, practice: str = "morgenthal", ids: Ids = NO_IDS) -> str:
        """The address for a practice and rows; an id that is not given is one nobody knows."""
        values = {**dict.fromkeys(self.arguments, UNKNOWN_ID), **ids, "practice": practice}
        return reverse(self.name, kwargs={name: str(values[name]) for name in self.arguments})


def addresses() -> list[Address]:
    """Every address of the urlconf in use, in its order."""
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: Any, namespace: str, prefix: str) -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, inner, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            path = prefix + str(pattern.pattern)
            roles = getattr(pattern.callback, "allowed_roles", None)
            yield Address(f"{namespace}{pattern.name}", path, _arguments(path), roles)


def _arguments(path: str) -> tuple[str, ...]:
    return tuple(part.split(">")[0].split(":")[-1] for part in path.split("<")[1:])


def declared(table: Table, kind: type[Route]) -> Iterator[tuple[Address, Any]]:
    """Every address with each of its declared routes of this kind."""
    for address in addresses():
        for route in table.get(address.name, ()):
            if isinstance(route, kind):
                yield address, route


def undeclared(table: Table) -> list[str]:
    """Addresses the table forgot, entries that lead nowhere, pages of a practice without a decorator or with other
    roles than declared."""
    found = addresses()
    names = {address.name for address in found}
    wrong = [f"{address.name} is not declared" for address in found if address.name not in table]
    wrong += [f"{name} is no address" for name in table if name not in names]
    for address in found:
        wrong += _wrong_roles(address, table.get(address.name, ()))
    return wrong


def _wrong_roles(address: Address, routes: tuple[Route, ...]) -> list[str]:
    is_declared = any(isinstance(route, OfPractice) for route in routes)
    if address.is_of_practice and address.roles is None:
        return [f"{address.name} is below /p/ and lets everybody in"]
    if address.needs_member != is_declared and routes:
        return [f"{address.name} is declared as something else than it is"]
    roles = {route.roles for route in routes if isinstance(route, OfPractice)}
    return [] if roles <= {address.roles} else [f"{address.name} is declared with other roles than its view has"]


def ask(client: Client, address: Address, route: Any, *, practice: str = "morgenthal", ids: Ids = NO_IDS) -> Any:
    fields = getattr(route, "fields", {})
    return client.generic(
        route.method,
        address.url(practice, ids),
        "&".join(f"{name}={value}" for name, value in fields.items()),
        content_type="application/x-www-form-urlencoded",
    )


def wrong_for_role(table: Table, client: Client, role: Role, practice: Practice) -> list[str]:
    """What a member with this role is answered and should not be."""
    wrong = []
    for address, route in declared(table, OfPractice):
        expected = route.answers if role in route.roles else 403
        status = ask(client, address, route, ids=ids_of(route, practice)).status_code
        if status != expected:
            wrong.append(f"{route.method} {address.name} as {role}: {status} instead of {expected}")
    return wrong


def ids_of(route: Any, practice: Practice) -> Ids:
    """The ids of real rows of the practice, if the route is declared with them."""
    if not isinstance(route, OfPractice) or route.rows is None:
        return NO_IDS
    with practice_scope(practice.id):
        return route.rows()


def wrong_for_stranger(table: Table, client: Client, practice: Practice) -> list[str]:
    """Where somebody who works elsewhere learns anything: by the practice's address, or by a row's id at their own."""
    unknown = client.get("/p/does-not-exist/").content
    wrong = []
    for address, route in declared(table, OfPractice):
        ids = ids_of(route, practice)
        answer = ask(client, address, route, ids=ids)
        if (answer.status_code, answer.content) != (404, unknown):
            wrong.append(f"{route.method} {address.name} at a foreign practice: {answer.status_code}")
        if ids:
            wrong += _told_about_rows(client, address, route, ids)
    return wrong


def _told_about_rows(client: Client, address: Address, route: OfPractice, ids: Ids) -> list[str]:
    foreign = ask(client, address, route, practice="lindenhof", ids=ids)
    unknown = ask(client, address, route, practice="lindenhof")
    if (foreign.status_code, foreign.content) == (404, unknown.content):
        return []
    return [f"{route.method} {address.name} with a foreign id: {foreign.status_code}"]


def wrong_for_anonymous(table: Table, client: Client) -> list[str]:
    """What somebody not logged in is answered and should not be."""
    wrong = []
    for kind, expected in ((OfPractice, 302), (Personal, 302), (Api, 401), (Public, None)):
        for address, route in declared(table, kind):
            answer = ask(client, address, route)
            if answer.status_code != (expected or route.answers):
                wrong.append(f"{route.method} {address.name} without login: {answer.status_code}")
            elif expected == 302 and not answer["Location"].startswith("/login/"):
                wrong.append(f"{route.method} {address.name} without login leads to {answer['Location']}")
    return wrong


def wrong_without_form_token(table: Table, client: Client) -> list[str]:
    """Unsafe requests that pass without the form's token. The client must enforce it."""
    wrong = []
    for kind in (OfPractice, Personal, Public):
        for address, route in declared(table, kind):
            if getattr(route, "instead_of_form_token", ""):
                continue
            if route.method in UNSAFE and ask(client, address, route).status_code != 403:
                wrong.append(f"{route.method} {address.name} passes without the form's token")
    return wrong


def changed_by_reading(table: Table, client: Client, practice: Practice) -> list[str]:
    """Tables that a GET changed, beside the log of who looked."""
    wrong = []
    for address, route in (*declared(table, OfPractice), *declared(table, Personal), *declared(table, Public)):
        if route.method != "GET":
            continue
        ids = ids_of(route, practice)
        before = checksums(practice)
        ask(client, address, route, ids=ids)
        after = checksums(practice)
        wrong += [f"GET {address.name} changes {name}" for name in before if before[name] != after[name]]
    return wrong


def checksums(practice: Practice) -> dict[str, str]:
    """A checksum of every table, as far as the practice may see it."""
    with practice_scope(practice.id), connection.cursor() as cursor:
        cursor.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'keystore')"
        )
        names = [name for (name,) in cursor.fetchall() if name.removeprefix("public.") not in MAY_GROW]
        sums = {}
        for name in names:
            cursor.execute(f"select md5(string_agg(t::text, '|' order by t::text)) from {name} t")  # noqa: S608
            sums[name] = cursor.fetchone()[0]
    return sums
