"""The practice's labels: made, changed, put in order and put away by those who lead it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.inbox.team_deeds import READS
from messaging.inbox.team_forms import LabelForm
from messaging.models import Label
from messaging.teamwork import labels
from practices.access import LEADERS, MemberRequest, role_required
from practices.told import leads_to

leader_required = role_required(*LEADERS)


@require_http_methods(READS)
@leader_required
def manage(request: MemberRequest) -> HttpResponse:
    """All labels; a POST makes a new one."""
    if request.method != "POST":
        return _page(request, LabelForm())
    form = LabelForm(request.POST, taken=_names())
    if not form.is_valid():
        return _page(request, form, status=422)
    labels.create_label(**form.cleaned_data, by=request.member)
    return _back(request, _("Label angelegt"))


@require_POST
@leader_required
def change(request: MemberRequest, label_id: UUID) -> HttpResponse:
    label = _label(label_id)
    form = LabelForm(request.POST, prefix=str(label.pk), taken=_names(besides=label))
    if not form.is_valid():
        return _page(request, LabelForm(), changing=form, status=422)
    labels.change_label(label=label, **form.cleaned_data, by=request.member)
    return _back(request, _("Label geändert"))


@require_POST
@leader_required
def archive(request: MemberRequest, label_id: UUID) -> HttpResponse:
    """Put away, or with `restore` fetched back."""
    label = _label(label_id)
    if "restore" in request.POST:
        labels.restore_label(label=label, by=request.member)
        return _back(request, _("Label zurückgeholt"))
    labels.archive_label(label=label, by=request.member)
    return _back(request, _("Label weggelegt"))


@require_POST
@leader_required
def position(request: MemberRequest, label_id: UUID) -> HttpResponse:
    """One place up, or with `down` one down."""
    labels.move_label(label=_label(label_id), up="down" not in request.POST, by=request.member)
    return _back(request, _("Reihenfolge geändert"))


def _label(label_id: UUID) -> Label:
    label: Label = get_object_or_404(Label, pk=label_id)
    return label


def _names(besides: Label | None = None) -> frozenset[str]:
    return frozenset(one.name.casefold() for one in labels.living_labels() if besides is None or one.pk != besides.pk)


def _back(request: MemberRequest, words: str) -> HttpResponse:
    return leads_to(request, reverse("inbox:labels", kwargs={"practice": request.practice.slug}), words)


def _page(
    request: MemberRequest, form: LabelForm, *, changing: LabelForm | None = None, status: int = 200
) -> HttpResponse:
    put_away = list(Label.objects.exclude(archived_at=None).order_by("position", "pk"))
    living = [(one, _form_of(one, changing)) for one in labels.living_labels()]
    context = {"labels": living, "put_away": put_away, "form": form, "team_page": "labels"}
    return render(request, "messaging/team/labels.html", context, status=status)


def _form_of(label: Label, changing: LabelForm | None) -> LabelForm:
    """The form of one label: as it was typed if it was refused."""
    prefix = str(label.pk)
    if changing is not None and changing.prefix == prefix:
        return changing
    return LabelForm(prefix=prefix, initial={"name": label.name, "colour": label.colour, "shape": label.shape})
