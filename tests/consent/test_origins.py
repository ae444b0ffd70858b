"""Addresses of websites, as people write them and as browsers send them."""

import pytest

from consent.widgets import NotAnOrigin, origin_of


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://www.praxis.example", "https://www.praxis.example"),
        (" https://www.praxis.example/ ", "https://www.praxis.example"),
        ("HTTPS://WWW.Praxis.Example", "https://www.praxis.example"),
        ("https://www.praxis.example:443", "https://www.praxis.example"),
        ("https://www.praxis.example:8443", "https://www.praxis.example:8443"),
        ("https://zähne.example", "https://xn--zhne-loa.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_an_address_is_kept_as_browsers_send_it(written: str, origin: str) -> None:
    assert origin_of(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        *("", "praxis.example", "http://praxis.example", "http://localhost.praxis.example", "ftp://praxis.example"),
        *("https://", "https://*", "https://*.praxis.example", "https://praxis.example/kontakt", "null"),
        *("https://praxis.example?a", "https://praxis.example#a", "https://a@praxis.example", "javascript:alert(1)"),
        *("https://praxis.example:99999", "https://[::1", "https://praxis example", "https://-a.example", "file:///"),
        *("https://praxis.example\\@andere.example", "https://praxis..example", "https://'none'"),
    ],
)
def test_what_is_no_address_of_a_website_is_refused(written: str) -> None:
    with pytest.raises(NotAnOrigin) as refused:
        origin_of(written)

    assert refused.value.for_person.startswith(("Das ist keine", "Die Adresse muss", "Bitte nur"))
