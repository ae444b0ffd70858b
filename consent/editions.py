"""Which texts hold for the practice in scope: its own newest edition, else the house's (C-05)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from consent import texts
from consent.models import TextEdition
from consent.purposes import Purpose
from consent.texts import TextSet


def current_set(language: str) -> TextSet:
    """The texts to show now in a language ("en", "en-GB"); German where there are none. One query."""
    own = current_edition(language)
    return texts.text_set(own.content) if own else texts.current(language)


def current_edition(language: str) -> TextEdition | None:
    """The practice's own newest edition in a language; None while the house's text holds."""
    found = TextEdition.objects.filter(language=texts.current(language).language)
    newest: TextEdition | None = found.order_by("-published_at", "-pk").first()
    return newest


def current_sets() -> list[TextSet]:
    """The texts to show now in every language there is, German first. One query."""
    newest = TextEdition.objects.order_by("language", "-published_at", "-pk").distinct("language")
    own = {edition.language: edition for edition in newest}
    return [texts.text_set(own[one].content) if one in own else texts.current(one) for one in texts.CURRENT]


def sentences_ever_prefilled() -> set[str]:
    """What the pages of this practice ever put into WhatsApp, with its placeholders: a page may have been open while
    the text changed. One query."""
    own = TextEdition.objects.values_list("content__prefilled", flat=True)
    return {*own, *(texts.load(version).prefilled.body for version in texts.published())}


def content_of(version: str) -> dict[str, Any] | None:
    """The tables of a version the practice or the house ever published; None if there never was one."""
    own = TextEdition.objects.filter(version=version).first()
    if own:
        return dict(own.content)
    return texts.tables(version) if version in texts.published() else None


def set_of(version: str) -> TextSet:
    """The texts of a version the practice or the house ever published. Raises FileNotFoundError for any other."""
    own = TextEdition.objects.filter(version=version).first()
    return texts.text_set(own.content) if own else texts.load(version)


def version_at(language: str, at: datetime) -> str | None:
    """Which version was valid at a moment, in a language we have: the practice's own, else the house's; None before
    the first there was."""
    own = TextEdition.objects.filter(language=language, published_at__lte=at).order_by("-published_at", "-pk").first()
    return own.version if own else texts.newest_by(timezone.localdate(at), language)


def versions_between(language: str, begin: datetime, end: datetime) -> list[str]:
    """Which versions were valid from one moment to another, the oldest first."""
    new = TextEdition.objects.filter(language=language, published_at__gt=begin, published_at__lt=end)
    later = new.order_by("published_at", "pk").values_list("version", flat=True)
    return [version for version in (version_at(language, begin), *later) if version]


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the one spelling of a content, 64 hex digits."""
    spelled = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(spelled.encode()).hexdigest()


def valid_versions(language: str) -> dict[Purpose, frozenset[str]]:
    """For each purpose that had to be agreed to anew in a language (C-06): the versions that count since then.

    Purposes nobody ever had to renew are not named. The house's versions count where the practice has none of its own,
    since only then they are shown. One query.
    """
    editions = TextEdition.objects.filter(language=language).order_by("published_at", "pk")
    own = list(editions.values_list("version", "renews"))
    valid: dict[Purpose, frozenset[str]] = {}
    for version, renews in own or [(one.version, one.renews) for one in texts.versions_of(language)]:
        valid = {purpose: versions | {version} for purpose, versions in valid.items()}
        valid |= {Purpose(name): frozenset({version}) for name in renews}
    return valid
