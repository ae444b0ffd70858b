"""A PIN unlocks a screen on which its person has logged in, and opens no session. Too many wrong ones cost the login.

Two counts stand side by side: of the person, wherever it is tried, for 15 minutes (lockout.py), and of the session it
would unlock, for as long as that lives.

Refusal
├── WeakPin     the first that everybody would try
├── WrongPin
└── NoMoreTries
"""

from string import digits

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from practices import lockout
from practices.audit import record
from practices.login_events import note
from practices.models import LoginEvent, LoginSession, Member, User
from practices.refusal import Refusal

SHORTEST, LONGEST = 4, 8
IN_A_ROW = f"{digits}0", f"0{digits[::-1]}"


class WeakPin(Refusal):
    reason = "weak_pin"


class WrongPin(Refusal):
    reason = "wrong_pin"


class NoMoreTries(Refusal):
    """The session this PIN would have unlocked must end."""

    reason = "no_more_pins"


@transaction.atomic
def set_pin(*, member: Member, pin: str) -> None:
    """A new PIN for the person behind a membership. Raises WeakPin."""
    if len(set(pin)) < 3 or any(pin in row for row in IN_A_ROW):
        raise WeakPin(
            _("Diese PIN ist zu leicht zu erraten. Bitte keine Reihe, und mindestens drei verschiedene Ziffern.")
        )
    member.user.pin = make_password(_peppered(member.user, pin))
    member.user.save(update_fields=["pin"])
    record("pin_set", about=member, by=member)


@transaction.atomic
def remove_pin(*, member: Member) -> None:
    """Without a PIN only the password lifts the shield, and nobody switches to this person."""
    member.user.pin = ""
    member.user.save(update_fields=["pin"])
    record("pin_removed", about=member, by=member)


def check_pin(request: HttpRequest, user: User, pin: str, *, unlocks: "QuerySet[LoginSession]", most: int) -> None:
    """Raises WrongPin, NoMoreTries from the fifth wrong one in 15 minutes or the `most`th at this session on, or
    LimitsUnavailable.

    An attempt is counted before it is looked at, so that many at once get no more looks.
    """
    may_try = unlocks.filter(wrong_pins__lt=most)
    if not (lockout.may_try_pin(user.pk) and may_try.update(wrong_pins=F("wrong_pins") + 1)):
        raise no_more_tries()
    if user.pin and check_password(_peppered(user, pin), user.pin):
        lockout.take_back_pin(user.pk)
        unlocks.update(wrong_pins=F("wrong_pins") - 1)
        return
    note(request, LoginEvent.Kind.PIN_REFUSED, user.pk)
    left = min(lockout.pins_left(user.pk), most - max(unlocks.values_list("wrong_pins", flat=True), default=most))
    if left <= 0:
        note(request, LoginEvent.Kind.LOCKED_OUT, user.pk)
        raise no_more_tries()
    raise WrongPin(
        ngettext(
            "Die PIN stimmt nicht. Noch %(left)d Versuch, dann ist eine neue Anmeldung nötig.",
            "Die PIN stimmt nicht. Noch %(left)d Versuche, dann ist eine neue Anmeldung nötig.",
            left,
        )
        % {"left": left}
    )


def no_more_tries() -> NoMoreTries:
    return NoMoreTries(_("Die PIN war zu oft falsch. Bitte melden Sie sich mit Passwort und Code an."))


def _peppered(user: User, pin: str) -> str:
    """With SECRET_KEY in it: ten thousand PINs are quickly tried by whoever has the database alone."""
    return salted_hmac("practices.pins", f"{user.pk}:{pin}", algorithm="sha256").hexdigest()
