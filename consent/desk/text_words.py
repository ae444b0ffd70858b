"""A wording as its pages show it: pieces to edit, a preview, what changed, and what is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import get_language_info

from consent import texts
from consent.differences import Piece, differences
from consent.editions import content_of, current_set
from consent.models import TextDraft
from consent.proofreading import Mistake, checklist, mistakes_in, placeholders_for, readable, sample_values
from consent.readability import Reading, measure
from consent.rendering import placeholders_in, previewed
from consent.texts import ChatMessage, TextSet
from consent.texts.leaves import Leaf, group_label, leaves, part_label
from consent.wording import values_for
from practices.models import Practice

FINISH = "finish"  # not a part of the text: reason, renewal, and handing on
OWN_LAYOUT = frozenset({"page", "chat", "messages", "notice", "prefilled"})


@dataclass(frozen=True)
class Field:
    """One piece of wording in the editor, with what was wrong in it."""

    leaf: Leaf
    mistakes: list[Mistake]

    @property
    def rows(self) -> int:
        return max(2, len(self.leaf.value) // 70 + self.leaf.value.count("\n") + 1)


@dataclass(frozen=True)
class Group:
    """Pieces that stand together: a section with its heading and text."""

    label: str
    fields: list[Field]


@dataclass(frozen=True)
class Difference:
    where: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Bubble:
    """A message as it stands in the chat."""

    label: str
    message: ChatMessage


def language_name(language: str) -> str:
    """ "Türkisch", in the reader's language; the code for one that Django has no name for."""
    try:
        return str(get_language_info(language)["name_translated"])
    except KeyError:
        return language


def parts_of(content: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """The parts of a text set with their names, in the order of the house's file: large ones first."""
    found = dict.fromkeys(leaf.part for leaf in in_order(content, language))
    small = [part for part in found if isinstance(content[part], str)]
    return [(part, part_label(part)) for part in [*(one for one in found if one not in small), *small]]


def in_order(content: Mapping[str, Any], language: str) -> list[Leaf]:
    return leaves(content, texts.tables(texts.current(language).version))


def groups_of(content: Mapping[str, Any], language: str, part: str, mistakes: list[Mistake]) -> list[Group]:
    """The pieces of one part to edit."""
    own = [leaf for leaf in in_order(content, language) if leaf.part == part]
    by_path: dict[str, list[Mistake]] = {}
    for mistake in mistakes:
        by_path.setdefault(mistake.path, []).append(mistake)
    return [
        Group(group_label(group), [Field(leaf, by_path.get(leaf.path, [])) for leaf in members])
        for group, members in groupby(own, key=lambda leaf: leaf.group)
    ]


def differences_to_current(draft: TextDraft, content: Mapping[str, Any]) -> list[Difference]:
    """Place by place, what would change for patients if this were published now."""
    current = content_of(current_set(draft.language).version) or {}
    return differences_between(current, content, draft.language)


def differences_between(old: Mapping[str, Any], new: Mapping[str, Any], language: str) -> list[Difference]:
    before = {leaf.path: leaf for leaf in in_order(old, language)}
    after = {leaf.path: leaf for leaf in in_order(new, language)}
    return [
        Difference((after.get(path) or before[path]).where, differences(*_values(path, before, after)))
        for path in dict.fromkeys([*after, *before])
        if _values(path, before, after)[0] != _values(path, before, after)[1]
    ]


def _values(path: str, before: dict[str, Leaf], after: dict[str, Leaf]) -> tuple[str, str]:
    return before[path].value if path in before else "", after[path].value if path in after else ""


def preview_of(content: Mapping[str, Any], practice: Practice, part: str) -> dict[str, Any]:
    """What stands beside the editor: the part as patients would read it, what is wrong in it, how it reads."""
    text_set = readable(content)
    if text_set is None:
        return {"part": part, "mistakes": mistakes_in(content)}
    mistakes = [mistake for mistake in mistakes_in(content) if mistake.path.partition(".")[0] == part]
    own = [leaf for leaf in in_order(content, text_set.language) if leaf.part == part]
    return _shown(text_set, practice, part, own) | {
        "part": part,
        "language": text_set.language,
        "mistakes": mistakes,
        "checklist": [one for one in checklist(text_set) if _belongs(one.name, part)],
        "reading": reading_of(own, text_set.language),
        "placeholders": _used(own, text_set, practice),
    }


def _belongs(element: str, part: str) -> bool:
    return part == ("chat" if element.startswith("chat_") else "page")


def reading_of(own: list[Leaf], language: str) -> Reading | None:
    return measure("\n".join(leaf.value for leaf in own), language)


def _used(own: list[Leaf], text_set: TextSet, practice: Practice) -> list[tuple[str, str]]:
    """The placeholders this part may use, with what they become here; those it does use first."""
    values, used = sample_values(practice, text_set), placeholders_in("\n".join(leaf.value for leaf in own))
    of_practice = values_for(practice, text_set)
    allowed = dict.fromkeys(name for leaf in own for name in placeholders_for(leaf, text_set, of_practice))
    values = {name: value for name, value in values.items() if name in allowed}
    return [(f"{{{name}}}", values.get(name, "")) for name in [*used, *(one for one in allowed if one not in used)]]


def _shown(text_set: TextSet, practice: Practice, part: str, own: list[Leaf]) -> dict[str, Any]:
    """As patients read it: what nobody fills there stays in its braces."""
    match part:
        case "page":
            return {"page": previewed(text_set.page, _values_in(part, text_set, practice))}
        case "notice":
            return {"notice": previewed(text_set.notice, _values_in(part, text_set, practice))}
        case "chat":
            return {"bubbles": [_bubble("", part, text_set.chat, text_set, practice)]}
        case "prefilled":
            return {"bubbles": [_bubble("", part, text_set.prefilled, text_set, practice)], "is_theirs": True}
        case "messages":
            named = {f"messages.{key}": one for key, one in text_set.messages.items()}
            return {
                "bubbles": [_bubble(group_label(path), path, one, text_set, practice) for path, one in named.items()]
            }
    lines = [(group_label(leaf.group), _line(leaf, text_set, practice)) for leaf in own]
    return {"lines": lines}


def _values_in(document: str, text_set: TextSet, practice: Practice) -> dict[str, str]:
    return sample_values(practice, text_set, Leaf(document, ""))


def _bubble(label: str, document: str, message: ChatMessage, text_set: TextSet, practice: Practice) -> Bubble:
    return Bubble(label, previewed(message, _values_in(document, text_set, practice)))


def _line(leaf: Leaf, text_set: TextSet, practice: Practice) -> str:
    return previewed(ChatMessage(leaf.value), sample_values(practice, text_set, leaf)).body


def whole(content: Mapping[str, Any], practice: Practice) -> list[dict[str, Any]]:
    """Every part of a version, as patients read it with the practice's data."""
    text_set = texts.text_set(dict(content))
    shown = []
    for part, label in parts_of(content, text_set.language):
        own = [leaf for leaf in in_order(content, text_set.language) if leaf.part == part]
        shown.append(_shown(text_set, practice, part, own) | {"part": part, "label": label})
    return shown
