"""What people type into the inbox."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.purposes import Purpose

TEXT_CHARACTERS = 4096  # 360dialog section 2
EMOJI_CHARACTERS = 16


class ReplyForm(forms.Form):
    """A free text. `client_id` is made by the page, so that two clicks are one message; `after` is what it showed."""

    body = forms.CharField(
        max_length=TEXT_CHARACTERS,
        strip=True,
        error_messages={
            "required": _("Bitte schreiben Sie etwas."),
            "max_length": _("WhatsApp nimmt höchstens 4096 Zeichen. Bitte kürzen oder teilen Sie den Text."),
        },
    )
    purpose = forms.ChoiceField(choices=Purpose.choices, required=False)
    client_id = forms.UUIDField(required=False)
    patient = forms.UUIDField(required=False)
    quote = forms.UUIDField(required=False)
    after = forms.UUIDField(required=False)
    send_anyway = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["client_id"] = cleaned.get("client_id") or uuid4()
        cleaned["purpose"] = Purpose(cleaned.get("purpose") or Purpose.ORGANISATION)
        return cleaned


class TemplateForm(forms.Form):
    """A template with its values, named value-<template>-<placeholder>."""

    template = forms.UUIDField()
    patient = forms.UUIDField(required=False)
    client_id = forms.UUIDField(required=False)
    after = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["client_id"] = cleaned.get("client_id") or uuid4()
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
