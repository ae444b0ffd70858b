"""Who may use which address: the one place where every route is declared.

A new route is added here with its method, the roles it lets in and what it answers them. `row` makes a row of the
practice in scope for routes with an id, so that the page is really shown, and refused to other practices.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from practices.models import Role


@dataclass(frozen=True)
class Public:
    """Anybody may; `answers` is what somebody unknown gets without any content (a token that leads nowhere)."""

    method: str = "GET"
    answers: int = 200


@dataclass(frozen=True)
class Personal:
    """Whoever has logged in may, outside a practice."""

    method: str = "GET"
    answers: int = 200


@dataclass(frozen=True)
class OfPractice:
    """Below /p/<practice>/: members with one of these roles may, others get 403, strangers 404."""

    roles: frozenset[Role]
    method: str = "GET"
    answers: int = 200
    row: Callable[[], UUID] | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Api:
    """Answers 401 without a practice's token and needs no form token."""

    method: str = "GET"


Route = Public | Personal | OfPractice | Api

ROUTES: dict[str, tuple[Route, ...]] = {
    "healthz": (Public(),),
    "readyz": (Public(),),
    "practices:home": (Public(answers=302),),
    "practices:login": (Public(), Public("POST", answers=422)),
    "practices:login_code": (Public(answers=302), Public("POST", answers=302)),
    "practices:logout": (Public("POST", answers=302),),
    "practices:choose_practice": (Personal(),),
    "schema": (Public(),),
    "api:me": (Api(),),
    "api:contacts": (Api(),),
    "api:conversations": (Api(),),
    "api:messages": (Api(), Api("POST")),
    "api:templates": (Api(),),
}
