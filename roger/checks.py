"""What must be true before a process starts: strong secrets, and a database role that no policy lets through."""

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

SECRET_KEY_CHARACTERS, SECRET_KEY_VARIETY = 50, 5  # as Django's own security.W009
KEY_BYTES, KEY_VARIETY = 32, 8
HOW_TO = {
    "SECRET_KEY": "set it to at least 50 random characters, for instance: openssl rand -base64 60",
    "ROGER_MASTER_KEY": "set it to 32 random bytes in base64: openssl rand -base64 32",
    "LEDGER_SIGNING_KEY": "set it to 32 random bytes in base64: openssl rand -base64 32",
}
ROLE = """
select rolsuper, rolbypassrls, pg_has_role(current_user, relowner, 'member')
from pg_roles, pg_class
where rolname = current_user and pg_class.oid = to_regclass('practices_practice')
"""


def require_secrets(*names: str) -> None:
    """Raise ImproperlyConfigured that names the first missing or weak variable and says how to make a good one."""
    for name in names:
        complaint = complaint_about(name)
        if complaint:
            raise ImproperlyConfigured(complaint)


def complaint_about(name: str) -> str:
    """What is wrong with a secret, in one sentence without its value; "" if nothing is."""
    value = _value_of(name)
    if not value:
        return f"{name} is missing; {HOW_TO[name]}"
    is_strong = _is_strong_text(value) if isinstance(value, str) else _is_strong_key(value)
    return "" if is_strong else f"{name} is too weak; {HOW_TO[name]}"


def _value_of(name: str) -> str | bytes:
    settings.DEBUG  # noqa: B018  (reads the environment: what is malformed there raises here)
    try:
        return cast(str | bytes, getattr(settings, name))
    except ImproperlyConfigured:
        return ""  # Django refuses an empty SECRET_KEY without saying how to make one


def _is_strong_text(value: str) -> bool:
    is_default = value.startswith("django-insecure-")
    return len(value) >= SECRET_KEY_CHARACTERS and len(set(value)) >= SECRET_KEY_VARIETY and not is_default


def _is_strong_key(value: bytes) -> bool:
    return len(value) == KEY_BYTES and len(set(value)) >= KEY_VARIETY


def require_modest_role() -> None:
    """Raise ImproperlyConfigured if row-level security would not hold this process back (security.md 2.2)."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        row = cursor.fetchone()
    powers = ("is a superuser", "has BYPASSRLS", "owns the tables")
    for power, has_it in zip(powers, row or (), strict=False):
        if has_it:
            raise ImproperlyConfigured(f"DATABASE_URL: its role {power}; connect as roger_app")


@register(Tags.security, deploy=True)
def secrets_are_strong(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:  # noqa: ARG001
    """For manage.py check --deploy."""
    complaints = map(complaint_about, ("SECRET_KEY", "ROGER_MASTER_KEY"))
    return [Error(complaint, id="roger.E001") for complaint in complaints if complaint]
