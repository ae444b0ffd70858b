"""The practice's data in its texts, and texts that never change once somebody has agreed to them (C-05)."""

from consent.models import ConsentText
from consent.wording import current_text
from practices.models import Practice


def test_a_text_is_kept_once_per_wording_and_never_changed(practice: Practice) -> None:
    first = current_text(ConsentText.Kind.QR_PAGE, "de")
    Practice.objects.filter(pk=practice.pk).update(name="Praxis mit neuem Namen")
    second = current_text(ConsentText.Kind.QR_PAGE, "de")

    assert current_text(ConsentText.Kind.QR_PAGE, "de") == second
    assert first.sha256 != second.sha256
    assert "Praxis mit neuem Namen" not in ConsentText.objects.get(pk=first.pk).body
    assert ConsentText.objects.count() == 2


def test_each_kind_and_language_of_text_can_be_kept(practice: Practice) -> None:
    kinds = (ConsentText.Kind.QR_PAGE, ConsentText.Kind.CHAT, ConsentText.Kind.PRIVACY_NOTICE)

    kept = [current_text(kind, language) for kind in kinds for language in ("de", "en")]

    assert [text.version for text in kept] == ["de-2026-05", "en-2026-05"] * 3
    assert all("{" not in text.body for text in kept)
