"""One component in one state, drawn by the template that the product draws it with, so that it cannot drift.

The page shows many beside each other, so each has ids of its own. Nothing on it is sent and nothing leads away: the
addresses are those of a practice that does not exist.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from practices.preferences import Preferences
from roger.design.people import MELEK, PRACTICE, head

NAMING = re.compile(
    r'(?<![\w-])(id|for|form|list|popovertarget|aria-(?:labelledby|describedby|controls|activedescendant))="([^"]+)"'
)
# What a page at rest hides is shown, and what would act does not: a form that speaks to a dialog it does not stand in
# sends nothing.
AT_REST = (
    (re.compile(r"<(/?)template\b"), r"<\1div"),
    (re.compile(r"<dialog\b"), "<dialog open"),
    (re.compile(r"\s(?:popover|autofocus)(?=[\s>])"), ""),
    (re.compile(r"(data-keeps-place)\s+hidden"), r"\1"),
    (re.compile(r'method="post"'), 'method="dialog"'),
    (re.compile(r'(<a\b[^>]*?\shref=")/[^"]*'), r"\1#main"),
)


@dataclass(frozen=True)
class Exhibit:
    """`name` makes its ids its own, `title` says what it is. `filled`: what a script writes into an element, by
    something that stands in the tag of that."""

    name: str
    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    filled: Mapping[str, str] = field(default_factory=dict)

    @property
    def html(self) -> SafeString:
        html: str = render_to_string(self.template, surroundings() | dict(self.context))
        for mark, words in self.filled.items():
            html = _fill(html, mark, words)
        for pattern, instead in AT_REST:
            html = pattern.sub(instead, html)
        return mark_safe(self._told_apart(html))  # noqa: S308  drawn by our templates

    def _told_apart(self, html: str) -> str:
        """With ids of its own; what would lead to another part of a page leads nowhere."""
        there = {names for attribute, names in NAMING.findall(html) if attribute == "id"}

        def own(naming: re.Match[str]) -> str:
            names = " ".join(f"{name}-{self.name}" for name in naming[2].split() if name in there)
            return f'{naming[1]}="{names}"' if names else ""

        return NAMING.sub(own, html)


def surroundings() -> dict[str, Any]:
    """What every template of the desk finds."""
    return {
        "practice": PRACTICE,
        "member": MELEK,
        "user": MELEK.user,
        "preferences": Preferences(),
        "may_send": True,
        "may_lead": False,
        "conversation": head(),
        "csrf_token": "nothing-is-sent",
    }


def _fill(html: str, mark: str, words: str) -> str:
    """Raises ValueError if nothing bears the mark any more."""
    before, tag, after = re.split(rf"({re.escape(mark)}[^>]*>)", html, maxsplit=1)
    return f"{before}{tag}{words}{after}"
