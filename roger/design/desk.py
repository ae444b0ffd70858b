"""What stands around list and thread: tabs, menus, notes and tasks, and what lies over the page for a moment."""

from dataclasses import replace

from django.template.loader import render_to_string
from django.utils import timezone

from messaging.inbox.pages import ViewInRail
from messaging.inbox.persons import Name
from messaging.inbox.showing import reaction_choices
from messaging.inbox.team_forms import NoteForm
from messaging.inbox.team_presence import Shown as Present
from messaging.inbox.team_tasks import Shown as Task
from messaging.models import Label
from messaging.models import Task as TaskRow
from messaging.teamwork import notes, presence, snoozing
from practices.access import SENDERS
from practices.models import Role
from roger.design.exhibits import Exhibit
from roger.design.people import ANNIKA, ID, JANA, JONAS, PRACTICE, TEAM, ago, ahead, head
from roger.design.rows import label
from roger.design.slips import MESSAGES, run

COUNTS = {"waiting": 7, "mine": 2, "unassigned": 4, "snoozed": 1, "done": 0, "open": 12}
ROLES = [(role.value, role.label) for role in Role if role in SENDERS]


def rail() -> list[Exhibit]:
    views = [ViewInRail(ID, "Kostenpläne", 3, is_chosen=False)]
    tabs = {"tabs": COUNTS, "tab": "waiting", "rail_views": views}
    team = {"open_tasks": 2, "unseen": 1, "team_page": "tasks"}
    return [
        Exhibit("tabs", "Karten mit Zahlen, eine Ansicht", "messaging/_tabs.html", tabs),
        Exhibit("rail-team", "Seiten des Teams", "messaging/team/_rail.html", team),
    ]


def menus() -> list[Exhibit]:
    """Open, as they hang below their buttons."""
    people = {"team": [JONAS, ANNIKA], "at_work": {JONAS.pk}, "roles": ROLES}
    now = timezone.now()
    moments = {"moments": snoozing.choices_at(PRACTICE, now), "first_day": timezone.localdate(now)}
    hung = [(label("Termin", Label.Colour.TEAL), True), (label("Kostenplan", Label.Colour.AMBER), False)]
    refused = {"errors": ["Diese Person arbeitet nicht mehr hier."]}
    snoozed = replace(head(), team=replace(head().team, snoozed_until=ahead(600)))
    kinds = {"kinds": TaskRow.Kind.choices}
    return [
        Exhibit("assign", "Zuweisen, eben abgelehnt", "messaging/team/_assign_menu.html", people | refused),
        Exhibit("snooze", "Zurückstellen", "messaging/team/_snooze_menu.html", moments | {"conversation": snoozed}),
        Exhibit("labels", "Labels", "messaging/team/_label_menu.html", {"labels": hung, "may_manage": True}),
        Exhibit("task", "Aufgabe anlegen", "messaging/team/_task_form.html", people | moments | kinds),
    ]


def reactions() -> Exhibit:
    return Exhibit("reactions", "Reagieren", "messaging/_reaction_menu.html", {"reactions": reaction_choices()})


def note_forms() -> list[Exhibit]:
    plain = {"team": TEAM, "most_characters": notes.MOST_CHARACTERS}
    written = {"form": NoteForm(), "words": {"body": "Ruft zurück. @Jonas", "mark": ""}, "is_draft": True}
    refused = {"form": NoteForm({"body": ""}), "words": {"body": "", "mark": ""}}
    template = "messaging/team/_note_form.html"
    return [
        Exhibit("note-form", "Notiz", template, plain | written),
        Exhibit("note-refused", "Notiz, abgelehnt", template, plain | refused),
    ]


def tasks() -> list[Exhibit]:
    task = Task(
        pk=ID,
        conversation_id=ID,
        person=Name(JANA.name, JANA.birth_date),
        kind=TaskRow.Kind.CALL,
        words="Terminerinnerung kam nicht an.",
        due_at=ahead(120),
        is_due=False,
        is_overdue=False,
        assigned=JONAS.user.name,
        is_done=False,
    )
    late = replace(task, due_at=ago(600), is_due=True, is_overdue=True, assigned="")
    template = "messaging/team/_task.html"
    return [
        Exhibit("task-due", "Aufgabe", template, {"task": task, "may_act": True}),
        Exhibit("task-late", "Aufgabe, überfällig", template, {"task": late, "may_act": True}),
    ]


def present() -> Exhibit:
    """Who else is at a conversation, in each of the ways."""
    others = [
        Present(ID, one.user.name, one.user.initials, state.value, str(state.label))
        for one, state in zip(TEAM, presence.State, strict=True)
    ]
    return Exhibit("present", "Wer noch hier ist", "messaging/team/_presence.html", {"present": others})


def toast() -> Exhibit:
    words = {"data-toast-text": "Zurückgestellt bis morgen 08:00", "data-toast-whom": JANA.name}
    return Exhibit("toast", "Hinweis mit Rückweg", "messaging/team/_toasts.html", filled=words)


def dialogs() -> list[Exhibit]:
    """Of the help sheet only what is written there: what else the page can do, a script reads from its controls."""
    found = {"practice": PRACTICE, "people": [{"pk": ID, "name": JANA.name, "birth_year": 1998}]}
    options = render_to_string("messaging/_people_found.html", found)
    return [
        Exhibit("keys", "Tasten", "desk/_keys.html"),
        Exhibit("palette", "Personen und Befehle", "desk/_palette.html", filled={'id="palette-options"': options}),
    ]


def below_the_rows() -> Exhibit:
    return Exhibit("more-rows", "Weitere Zeilen", "messaging/_rows_below.html", {"next_page": "?page=2"})


def above_the_messages() -> Exhibit:
    lines = run().context["messages"][-1:]
    return Exhibit("older", "Ältere Nachrichten", MESSAGES, {"messages": lines, "has_older": True})
