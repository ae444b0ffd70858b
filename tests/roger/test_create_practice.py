"""manage.py create_practice: the first practice and its owner."""

import base64
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.oath import totp

from practices.models import Practice, User

pytestmark = pytest.mark.django_db
ARGUMENTS = {
    "slug": "morgenthal",
    "name": "Zahnarztpraxis Morgenthal",
    "street": "Am Beispielpark 3",
    "postal_code": "10115",
    "city": "Berlin",
    "state": "Berlin",
    "phone": "+493023125100",
    "emergency_phone": "+493023125999",
    "email": "anmeldung@morgenthal.example",
    "owner_email": "Anna.Arnold@morgenthal.example",
    "owner_name": "Anna Arnold",
}


def create(**changed: str) -> dict[str, str]:
    """Run the command; what it printed, by the first word of each line."""
    out = StringIO()
    call_command("create_practice", stdout=out, **ARGUMENTS | changed)
    return dict(line.split(maxsplit=1) for line in out.getvalue().splitlines())


def test_the_owner_can_log_in_with_what_was_printed(client: Client) -> None:
    printed = create()
    client.post("/login/", {"username": printed["login"], "password": printed["password"]})

    answer = client.post("/login/", {"otp_token": f"{totp(base64.b32decode(printed['secret'])):06d}"})

    assert printed["login"] == "anna.arnold@morgenthal.example"
    assert printed["app"].startswith("otpauth://totp/Roger:anna.arnold%40morgenthal.example?secret=")
    assert answer["Location"] == "/p/morgenthal/inbox/"


def test_the_names_get_their_articles() -> None:
    create()

    practice = Practice.objects.get()

    assert (practice.name_nominative, practice.name_dative, practice.short_name) == (
        "die Zahnarztpraxis Morgenthal",
        "der Zahnarztpraxis Morgenthal",
        "Zahnarztpraxis Morgenthal",
    )


def test_a_new_practice_is_told_of_whoever_waits_for_an_hour() -> None:
    create()

    assert Practice.objects.get().escalate_after == 60


@pytest.mark.parametrize(
    ("argument", "value", "sentence"),
    [
        ("slug", "mit blank", "Buchstaben, Ziffern, Unterstriche"),
        ("email", "keine", "gültige E-Mail"),
        ("owner_email", "keine", "gültige E-Mail"),
        ("name", "", "darf nicht leer sein"),
        ("state", "Preußen", "invalid choice"),  # would have no public holidays
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(argument: str, value: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        create(**{argument: value})

    assert (Practice.objects.count(), User.objects.count()) == (0, 0)


def test_a_second_practice_with_the_same_slug_is_refused() -> None:
    create()

    with pytest.raises(CommandError, match="existiert bereits"):
        create(owner_email="bert@morgenthal.example")

    assert (Practice.objects.count(), User.objects.count()) == (1, 1)
