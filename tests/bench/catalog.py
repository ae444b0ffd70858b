"""Which measurements there are, and on which servers each runs."""

from dataclasses import dataclass
from enum import Enum, auto


class Place(Enum):
    NOWHERE = auto()  # no servers, or it starts an installation of its own
    FRESH = auto()  # empty, durable servers that are thrown away
    MILLION = auto()  # the kept database with a million messages


@dataclass(frozen=True)
class Bench:
    """One file of this package with the figures it yields."""

    file: str
    place: Place
    figures: tuple[str, ...]


# In the order in which they run.
BENCHES = (
    Bench(
        "code",
        Place.NOWHERE,
        ("code_function_median", "code_function_p95", "code_longest_file", "code_import_cycle", "code_tests"),
    ),
    Bench("start", Place.NOWHERE, ("first_run", "second_run")),
    Bench("webhook", Place.FRESH, ("webhook", "webhook_front", "webhook_half_p50", "webhook_half_p99")),
    Bench("drain", Place.FRESH, ("drain",)),
    Bench("screen", Place.FRESH, ("screen",)),
    Bench("two_browsers", Place.FRESH, ("two_browsers", "presence")),
    Bench("first_load", Place.FRESH, ("page_weight", "first_paint", "layout_shift", "interaction")),
    Bench("streams", Place.FRESH, ("streams_memory", "streams_p99")),
    Bench("ledger", Place.FRESH, ("ledger",)),
    Bench("wall", Place.FRESH, ("wall",)),
    Bench("ledger_verify", Place.FRESH, ("ledger_verify",)),
    Bench("proof_file", Place.FRESH, ("proof_file",)),
    Bench("size", Place.MILLION, ("size_list", "size_thread", "size_thread_page", "size_search", "size_patients")),
    Bench("rls", Place.MILLION, ("rls_list", "rls_thread", "rls_search")),
    Bench("search_vs_trigram", Place.MILLION, ("search_vs_trigram",)),
    Bench("runs", Place.NOWHERE, ("faults", "access", "suite")),
)


class UnknownBench(LookupError):
    """No measurement and no figure has this name."""


def chosen(name: str) -> tuple[Bench, ...]:
    """All of them, or the one with this name or with a figure of this name. Raises UnknownBench."""
    found = tuple(bench for bench in BENCHES if not name or name == bench.file or name in bench.figures)
    if not found:
        raise UnknownBench(name)
    return found
