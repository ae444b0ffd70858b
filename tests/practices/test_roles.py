"""Roles at a view: who is let in, who is refused, what the trail says; and who works where."""

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory

from practices import actions
from practices.access import LEADERS, SENDERS, MemberRequest, member_required, role_required
from practices.actions import LastOwner, add_member, create_practice, create_user, end_membership
from practices.models import AuditEvent, Member, Practice, Role
from practices.scope import practice_scope
from tests.people import login, make_member, make_practice, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return make_practice()


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER)


@member_required
def everybodys_page(request: MemberRequest) -> HttpResponse:
    return HttpResponse(f"{request.practice.slug} {request.member.role}")


@role_required(*LEADERS)
def leaders_page(request: MemberRequest, number: int) -> HttpResponse:
    return HttpResponse(f"{number}")


def ask(view: object, member: Member | None, **arguments: object) -> HttpResponse:
    request = RequestFactory().get("/p/morgenthal/somewhere/")
    if member is not None:
        request.member, request.practice, request.user = member, member.practice, member.user  # type: ignore[attr-defined]
        with practice_scope(member.practice.id):
            return view(request, practice=member.practice.slug, **arguments)  # type: ignore[operator,no-any-return]
    return view(request, practice="morgenthal", **arguments)  # type: ignore[operator,no-any-return]


@pytest.mark.parametrize("role", Role)
def test_everybody_who_works_there_may_enter_an_ordinary_page(practice: Practice, role: Role) -> None:
    member = make_member(practice, role)

    assert ask(everybodys_page, member).content.decode() == f"morgenthal {role}"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OWNER, 200),
        (Role.PRACTICE_MANAGER, 200),
        (Role.DENTIST, 403),
        (Role.RECEPTION, 403),
        (Role.PROPHYLAXIS, 403),
        (Role.TRAINEE, 403),
    ],
)
def test_a_page_for_leaders_refuses_others_and_the_trail_says_so(practice: Practice, role: Role, status: int) -> None:
    member = make_member(practice, role)

    answer = ask(leaders_page, member, number=7)
    with practice_scope(practice.pk):
        refused = list(AuditEvent.objects.filter(kind="access_refused").values_list("about_id", "by_id"))

    assert answer.status_code == status
    assert refused == ([(member.pk, member.pk)] if status == 403 else [])


def test_a_view_mounted_outside_a_practice_opens_for_nobody() -> None:
    with pytest.raises(Http404):
        ask(everybodys_page, None)


def test_a_trainee_is_the_only_one_who_does_not_send() -> None:
    assert frozenset(Role) - SENDERS == {Role.TRAINEE}


# ── who works where ──


def test_a_new_role_counts_at_the_next_request(client: Client, practice: Practice, anna: Member) -> None:
    bert = make_member(practice, Role.TRAINEE, name="Bert Brandt")
    login(client, bert)
    with practice_scope(practice.pk):
        end_membership(member=bert, by=anna)

    after = client.get("/p/morgenthal/inbox/")

    assert after.status_code == 404


def test_who_left_and_comes_back_is_the_same_member(practice: Practice, anna: Member) -> None:
    bert = make_member(practice, Role.TRAINEE, name="Bert Brandt")
    with practice_scope(practice.pk):
        end_membership(member=bert, by=anna)

    back = add_member(practice=practice, user=bert.user, role=Role.RECEPTION, by=anna)

    assert (back.pk, back.role, back.left_at) == (bert.pk, Role.RECEPTION, None)


def test_coming_and_going_is_on_the_trail(practice: Practice, anna: Member) -> None:
    bert = add_member(practice=practice, user=make_user("Bert Brandt"), role=Role.TRAINEE, by=anna)
    with practice_scope(practice.pk):
        end_membership(member=bert, by=anna)

        trail = list(AuditEvent.objects.filter(about_id=bert.pk).order_by("pk").values_list("kind", "by_id", "codes"))

    assert trail == [("member_added", anna.pk, {"role": "trainee"}), ("member_left", anna.pk, {})]


def test_the_last_owner_stays(practice: Practice, anna: Member) -> None:
    with practice_scope(practice.pk), pytest.raises(LastOwner):
        end_membership(member=anna, by=anna)

    with practice_scope(practice.pk):
        assert Member.objects.get(pk=anna.pk, practice=practice).left_at is None


def test_rooms_hear_of_who_left_in_the_same_transaction(
    practice: Practice, anna: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    bert = make_member(practice, name="Bert Brandt")
    monkeypatch.setattr(actions, "_left_steps", [])
    heard: list[Member] = []

    @actions.on_member_left
    def step(member: Member) -> None:
        heard.append(member)

    @actions.on_member_left
    def failing_step(member: Member) -> None:
        raise ZeroDivisionError

    with practice_scope(practice.pk), pytest.raises(ZeroDivisionError):
        end_membership(member=bert, by=anna)

    with practice_scope(practice.pk):
        assert heard == [bert]
        assert Member.objects.get(pk=bert.pk, practice=practice).left_at is None


def test_a_practice_is_refused_a_slug_that_is_taken_or_no_slug(practice: Practice) -> None:
    facts = {"street": "Weg 1", "postal_code": "10115", "city": "Berlin", "state": "Berlin"}
    contact = {"phone": "+493023125100", "emergency_phone": "+493023125999", "email": "a@praxis.example"}

    for slug in ("morgenthal", "mit blank", ""):
        with pytest.raises(ValidationError) as refused:
            create_practice(slug=slug, name="Zahnarztpraxis Zwei", **facts, **contact)
        assert list(refused.value.message_dict) == ["slug"]

    assert Practice.objects.count() == 1


def test_an_email_belongs_to_one_person(anna: Member) -> None:
    with pytest.raises(ValidationError, match="email"):
        create_user(email=anna.user.email.upper(), name="Jemand Anders", password="elf-ebenso-stille-Becher")
