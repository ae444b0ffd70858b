"""What goes wrong on purpose: rules for single calls, and how statuses and webhooks misbehave.

The whole plan is one JSON object, read and replaced at `/control/faults`; what a PUT leaves out is as usual.
"""

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from simulator.numbers import Json
from simulator.phone_numbers import digits_of, is_bsuid

ACTIONS = frozenset(
    {"error", "fail", "hang", "reset", "slow", "redirect", "private_url", "expired", "giant", "held", "no_wamid"}
)
CALLS = frozenset({"any", "messages", "read", "upload", "media_url", "media_download", "templates"})
BODIES = frozenset({"A", "B", "C", "html", "empty"})


@dataclass
class Rule:
    """One fault. `times` None means always; `skip` lets that many matching calls pass first; `share` strikes some."""

    action: str
    on: str = "messages"
    number: str | None = None
    to: str | None = None
    template: str | None = None
    type: str | None = None
    media_id: str | None = None
    times: int | None = None
    skip: int = 0
    share: float = 1.0
    http_status: int | None = None
    code: int | None = None
    body: str = "A"
    details: str | None = None
    retry_after: int | None = None
    seconds: float = 30.0
    location: str = "http://169.254.169.254/latest/meta-data/"
    bytes: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for value, allowed in ((self.action, ACTIONS), (self.on, CALLS), (self.body, BODIES)):
            if value not in allowed:
                raise ValueError(f"{value!r} is none of {', '.join(sorted(allowed))}")

    def concerns(self, call: "Call") -> bool:
        """Whether this rule speaks of this call."""
        wanted = ((self.template, call.template), (self.type, call.type), (self.media_id, call.media_id))
        return (
            self.on in {"any", call.on}
            and all(want is None or want == has for want, has in wanted)
            and (self.number is None or same_address(self.number, call.number))
            and (self.to is None or same_address(self.to, call.to))
        )

    def is_due(self) -> bool:
        """Count this matching call; False while it is skipped or when the rule is used up."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is None:
            return True
        self.times -= 1
        return self.times >= 0


@dataclass(frozen=True)
class Call:
    """What a rule may look at."""

    on: str
    number: str
    to: str | None = None
    template: str | None = None
    type: str | None = None
    media_id: str | None = None


@dataclass
class Statuses:
    """When and in which order statuses come; seconds, None = not by itself. `share` of messages misbehaves."""

    sent_after: float = 0.0
    delivered_after: float = 0.15
    read_after: float | None = None
    skip: list[str] = field(default_factory=list)
    reorder: bool = False
    before_response: bool = False
    share: float = 1.0
    pricing: bool = True


@dataclass
class Webhooks:
    """How webhooks are delivered. `shape` 2025 leaves out everything about BSUIDs."""

    duplicates: int = 0
    share: float = 1.0
    timeout_seconds: float = 5.0
    retry_seconds: list[float] = field(default_factory=lambda: [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0])
    give_up_after_seconds: float = 7 * 86_400.0
    shape: str = "2026"


@dataclass
class Window:
    """How a closed customer service window answers, and what holds for people who never wrote since the start."""

    closed: str = "async"
    unseen: str = "closed"


@dataclass
class Limits:
    """Pair rate and throughput (360dialog section 8); None lifts a limit."""

    pair_burst: int | None = 45
    pair_seconds: float = 6.0
    throughput_per_second: int | None = 80


@dataclass
class Moderation:
    """What becomes of a new template and when; None = it waits for `/control/templates`."""

    decide_after_seconds: float | None = 3.0
    event: str = "APPROVED"
    reason: str = "NONE"


@dataclass
class FaultPlan:
    """Everything that can go wrong; the defaults are a good day."""

    rules: list[Rule] = field(default_factory=list)
    statuses: Statuses = field(default_factory=Statuses)
    webhooks: Webhooks = field(default_factory=Webhooks)
    window: Window = field(default_factory=Window)
    limits: Limits = field(default_factory=Limits)
    moderation: Moderation = field(default_factory=Moderation)
    seed: int = 1

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable on purpose

    def take(self, call: Call) -> Rule | None:
        """The first due rule for this call, counted as used."""
        for rule in self.rules:
            if rule.concerns(call) and self.strikes(rule.share) and rule.is_due():
                return rule
        return None

    def strikes(self, share: float) -> bool:
        """True for about this share of calls, the same calls in every run with one seed."""
        return share >= 1 or self._random.random() < share

    def as_json(self) -> Json:
        """The plan as JSON, with what is left of the rules' counts."""
        return asdict(self)


Part = TypeVar("Part", Rule, Statuses, Webhooks, Window, Limits, Moderation)


def plan_from(description: Any) -> FaultPlan:
    """Read a plan. ValueError names what is not understood: a misspelt fault must not pass as a good day."""
    if not isinstance(description, dict):
        raise ValueError("faults are a JSON object")
    unknown = set(description) - {one.name for one in fields(FaultPlan)}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return FaultPlan(
        rules=[part(Rule, one) for one in description.get("rules", [])],
        statuses=part(Statuses, description.get("statuses", {})),
        webhooks=part(Webhooks, description.get("webhooks", {})),
        window=part(Window, description.get("window", {})),
        limits=part(Limits, description.get("limits", {})),
        moderation=part(Moderation, description.get("moderation", {})),
        seed=int(description.get("seed", 1)),
    )


def part(kind: type[Part], description: Any) -> Part:
    """One part of the plan. ValueError on unknown or missing names."""
    try:
        return kind(**description)
    except TypeError as problem:
        raise ValueError(str(problem).replace("__init__() ", "")) from problem


def same_address(wanted: str, actual: str | None) -> bool:
    """Whether two phones (however written) or two BSUIDs are the same."""
    if actual is None:
        return False
    if is_bsuid(wanted) or is_bsuid(actual):
        return wanted == actual
    return digits_of(wanted) == digits_of(actual)
