"""What the tests of the list of patients and of one patient's page have in common."""

import re
from html import unescape
from typing import Any

from patients.actions import register_patient
from patients.models import Patient
from practices.models import AccessLog

LIST = "/p/morgenthal/patients/"


def register(first: str, last: str, born_on: str | None = "1998-12-02", **columns: str) -> Patient:
    return register_patient(first_name=first, last_name=last, birth_date=born_on, by=None, **columns)


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\u202f", " ").split())


def names(answer: Any) -> list[str]:
    return [row.name for row in answer.context["rows"]]


def searches() -> list[Any]:
    return list(AccessLog.objects.filter(kind="search").values_list("member", "about_id"))
