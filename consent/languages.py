"""In which language a public page speaks."""

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from consent import texts


def language_of(request: HttpRequest, preferred: str = "") -> str:
    """What the link asks for, else the code's own (`preferred`), else what the browser prefers, else German."""
    asked = request.GET.get("lang", "")
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    wishes = [asked, preferred, *(language.partition("-")[0] for language, _quality in accepted)]
    return next((language for language in wishes if language in texts.CURRENT), texts.BINDING)
