"""What people type into the inbox."""

import re
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from consent.purposes import Purpose

TEXT_CHARACTERS = 4096  # 360dialog section 2
EMOJI_CHARACTERS = 16
DRAFT_CHARACTERS = 20_000  # more than goes out at once: a text may still be shortened
MARK = r"^([0-9a-f-]{36}\.\d{1,9})?$"  # which draft a window knows (messaging/drafts.py)
IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VALUE = re.compile(rf"value-(?P<template>{IS_ID.pattern})-(?P<name>\w+)")


class SendingForm(forms.Form):
    """What is said with everything that goes out. `client_id` is made by the page, so that two clicks are one message;
    `after` is what it showed.

    `standing` is how the conversation stood when it was begun (standings.py). Questions that were read: a colleague has
    answered, or closed it; to whom it goes, `asked_patient` being whom it was to concern when that was asked.
    """

    client_id = forms.UUIDField(required=False)
    after = forms.UUIDField(required=False)
    standing = forms.CharField(required=False)
    send_anyway = forms.BooleanField(required=False)
    though_closed = forms.BooleanField(required=False)
    right_person = forms.BooleanField(required=False)
    asked_patient = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["client_id"] = cleaned.get("client_id") or uuid4()
        return cleaned


class ReplyForm(SendingForm):
    """A free text, files, or both. `mark` is the draft the page knew; `saved_reply` is the saved reply it came from,
    with its effects; `despite_findings`: the hint that a finding does not belong here was read.
    """

    patient = forms.UUIDField(required=False)
    body = forms.CharField(
        max_length=TEXT_CHARACTERS,
        strip=True,
        required=False,
        error_messages={
            "max_length": _("WhatsApp nimmt höchstens 4096 Zeichen. Bitte kürzen oder teilen Sie den Text."),
        },
    )
    purpose = forms.ChoiceField(choices=Purpose.choices, required=False)
    quote = forms.UUIDField(required=False)
    despite_findings = forms.BooleanField(required=False)
    saved_reply = forms.UUIDField(required=False)
    mark = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["files"], cleaned["asked_files"] = self._ids("file"), self._ids("asked_file")
        if not cleaned.get("body") and not cleaned["files"] and "body" not in self.errors:
            self.add_error("body", _("Bitte schreiben Sie etwas."))
        cleaned["purpose"] = Purpose(cleaned.get("purpose") or Purpose.ORGANISATION)
        return cleaned

    def _ids(self, name: str) -> list[UUID]:
        """What is an id among what was posted under this name."""
        posted = self.data.getlist(name) if isinstance(self.data, QueryDict) else []
        return [UUID(one) for one in posted if IS_ID.fullmatch(one)]


class PickerForm(SendingForm):
    """The template picker as it stands, whether a template is chosen or not.

    Its fields are named value-<template>-<placeholder>; given-<template>-<placeholder> is what the page had filled in.
    """

    template = forms.UUIDField(required=False)
    patient = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["by_hand"] = self._by_hand()
        return cleaned

    def _by_hand(self) -> dict[UUID, dict[str, str]]:
        """What somebody has typed over what was filled in, by template."""
        typed: dict[UUID, dict[str, str]] = {}
        for field, value in self.data.items():
            found = VALUE.fullmatch(field)
            if found and self.data.get(f"given-{found['template']}-{found['name']}") != value:
                typed.setdefault(UUID(found["template"]), {})[found["name"]] = str(value)
        return typed


class TemplateForm(PickerForm):
    """A template that is to be sent, with its values."""

    template = forms.UUIDField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        prefix = f"value-{cleaned.get('template')}-"
        cleaned["values"] = {
            name.removeprefix(prefix): str(value) for name, value in self.data.items() if name.startswith(prefix)
        }
        return cleaned


class ReactionForm(forms.Form):
    """An emoji; empty takes the reaction back."""

    emoji = forms.CharField(max_length=EMOJI_CHARACTERS, required=False)

    def clean_emoji(self) -> str | None:
        emoji: str = self.cleaned_data["emoji"].strip()
        if any(sign.isalnum() and sign.isascii() for sign in emoji):
            raise forms.ValidationError(_("Bitte wählen Sie ein Emoji."))
        return emoji or None


class DraftForm(forms.Form):
    """What stands in the box, with the draft this window knows (messaging/drafts.py)."""

    body = forms.CharField(max_length=DRAFT_CHARACTERS, strip=False, required=False)
    mark = forms.RegexField(MARK, required=False)
    client_id = forms.UUIDField(required=False)
