"""Addresses of the inbox. A page names hundreds, so Django is asked for the form of each once per practice."""

from functools import lru_cache
from uuid import UUID

from django.urls import reverse

KEPT = 10_000  # forms: routes times practices


def address(route: str, slug: str, **ids: UUID) -> str:
    """What {% url %} answers for a route below /p/<slug>/ that is told apart by ids alone. Raises NoReverseMatch."""
    return _form(route, slug, tuple(ids)).format(**ids)


@lru_cache(maxsize=KEPT)
def _form(route: str, slug: str, names: tuple[str, ...]) -> str:
    """The address with {name} where the id of that name stands."""
    stand_ins = {name: UUID(int=number) for number, name in enumerate(names, start=1)}
    form = reverse(route, kwargs={"practice": slug, **stand_ins})
    for name, stand_in in stand_ins.items():
        form = form.replace(str(stand_in), f"{{{name}}}")
    return form
