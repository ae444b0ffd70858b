"""Staff book a withdrawal in two clicks: one opens this page with every purpose ticked, one books it (C-12).

A withdrawal is valid in any wording and by any way (Art. 7(3) DSGVO), so nothing here asks for a reason.
"""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from consent import ledger
from consent.desk.withdrawal_form import WithdrawalForm, WrongNumberForm
from consent.gate import Consent
from consent.ledger import Type
from consent.models import ConsentEvent
from consent.purposes import Purpose
from consent.states import LIVING, purposes_of_number
from consent.withdrawals import withdraw_elsewhere
from consent.wrong_numbers import wrong_number
from patients.identities import phone_of
from patients.models import Contact, PatientContact, Relation
from practices.access import SENDERS, MemberRequest, role_required, safe_path
from practices.audit import looked_at

sender_required = role_required(*SENDERS)


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def withdrawal(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """The form, and what came of it with ?booked=<event>. ?back= is the page one came from."""
    contact = _contact(contact_id)
    if request.method != "POST":
        looked_at("withdrawal_form", about=contact, by=request.member)
        return _page(request, contact, WithdrawalForm(**_form_of(request, contact)))
    form = WithdrawalForm(request.POST, **_form_of(request, contact))
    if not form.is_valid():
        return _page(request, contact, form, status=422)
    booked = withdraw_elsewhere(contact=contact, by=request.member, **form.withdrawal)
    return _leads_to(request, contact, booked.event)


@require_POST
@sender_required
def report_wrong_number(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """Somebody else has this number: detach it and write to it no more."""
    contact, form = _contact(contact_id), WrongNumberForm(request.POST)
    if not form.is_valid():
        untouched = WithdrawalForm(**_form_of(request, contact))
        return _page(request, contact, untouched, status=422, wrong=form)
    event = wrong_number(contact=contact, occurred_at=timezone.now(), by=request.member, **form.entry)
    return _leads_to(request, contact, event)


def _contact(contact_id: UUID) -> Contact:
    found: Contact = get_object_or_404(Contact.objects.prefetch_related("identities"), pk=contact_id)
    return found


def _form_of(request: MemberRequest, contact: Contact) -> dict[str, Any]:
    links = PatientContact.objects.filter(contact=contact).exclude(relation=Relation.SELF).select_related("patient")
    return {
        "zone": ZoneInfo(request.practice.timezone),
        "others": [link.patient for link in links.order_by("pk")],
        "back": safe_path(request.GET.get("back", "")),
    }


def _leads_to(request: MemberRequest, contact: Contact, event: ConsentEvent) -> HttpResponse:
    page = reverse("consent:withdrawal", kwargs={"practice": request.practice.slug, "contact_id": contact.pk})
    return HttpResponseRedirect(
        f"{page}?booked={event.pk}&back={safe_path(request.POST.get('back', ''))}".removesuffix("&back="), status=303
    )


def _page(
    request: MemberRequest,
    contact: Contact,
    form: WithdrawalForm,
    *,
    status: int = 200,
    wrong: WrongNumberForm | None = None,
) -> HttpResponse:
    context = {
        "tab": "",
        "area": "consent",
        "section": "withdrawal",
        "contact": contact,
        "phone": phone_of(contact) or "",
        "form": form,
        "back": safe_path(request.POST.get("back", "") or request.GET.get("back", "")),
        "granted": [purpose.label for purpose in Purpose if purpose in purposes_of_number(contact, Consent.GRANTED)],
        "has_something": bool(purposes_of_number(contact, *LIVING)),
        "booked": _booked(request, contact),
        "wrong": wrong or WrongNumberForm(),
    }
    return render(request, "consent/desk/withdrawal.html", context, status=status)


def _booked(request: MemberRequest, contact: Contact) -> dict[str, Any] | None:
    """What was booked a moment ago, from the ledger; None for any other address."""
    try:
        event_id = UUID(request.GET.get("booked", ""))
    except ValueError:
        return None
    kinds = (Type.WITHDRAWN, Type.WRONG_NUMBER)
    event = ConsentEvent.objects.filter(pk=event_id, contact=contact, type__in=kinds).first()
    if event is None:
        return None
    evidence = ledger.evidence_of(event)
    return {
        "at": event.occurred_at,
        "is_wrong_number": event.type == Type.WRONG_NUMBER,
        "purposes": [purpose.label for purpose in Purpose if evidence["purposes"][purpose]],
        "cancelled": evidence["cancelled"],
        "already_handed_over": evidence["already_handed_over"],
    }
