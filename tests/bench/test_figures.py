"""The lines `make bench` prints, and the statistics behind them."""

import json

import pytest

from tests.bench.figures import Figure, at_least, at_most, below, median_by_ratio, percentile, readable, spread


def test_a_rate_is_one_line_with_the_seven_names_of_the_house() -> None:
    figure = Figure("drain", 3210.4567, "messages/s", at_least(0.7), ratio_to="R1", ratio=0.81234)

    assert json.loads(figure.as_json()) == {
        "name": "drain",
        "value": 3210,
        "unit": "messages/s",
        "ratio_to": "R1",
        "ratio": 0.8123,
        "bar": "at least 0.7",
        "ok": True,
    }
    assert "\n" not in figure.as_json()


def test_without_a_baseline_the_bar_is_the_values_own() -> None:
    figure = Figure("screen", 500.0, "ms", below(500))

    assert json.loads(figure.as_json()) == {
        "name": "screen",
        "value": 500,
        "unit": "ms",
        "ratio_to": None,
        "ratio": None,
        "bar": "below 500",
        "ok": False,
    }


@pytest.mark.parametrize(
    ("bar", "measured", "holds"),
    [
        (at_least(0.5), 0.5, True),
        (at_least(0.5), 0.4999, False),
        (at_most(1.15), 1.15, True),
        (at_most(1.15), 1.1501, False),
        (below(60), 59.9, True),
        (below(60), 60.0, False),
    ],
)
def test_a_bar_holds_up_to_its_limit(bar: object, measured: float, holds: bool) -> None:
    assert Figure("any", measured, "ms", bar).ok is holds  # type: ignore[arg-type]


@pytest.mark.parametrize("ratio", [0.1, 0.9])
def test_a_ratio_decides_where_there_is_one_whatever_the_value(ratio: float) -> None:
    assert Figure("drain", 10_000, "messages/s", at_least(0.7), ratio_to="R1", ratio=ratio).ok is (ratio > 0.7)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_one_measurement_is_every_percentile_of_itself() -> None:
    assert [percentile([7.5], share) for share in (0.01, 0.5, 0.99)] == [7.5, 7.5, 7.5]


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_the_round_in_the_middle_keeps_value_and_ratio_together() -> None:
    assert median_by_ratio([(9000, 0.2), (100, 0.9), (500, 0.5)]) == (500, 0.5)


@pytest.mark.parametrize(
    ("measured", "shown"),
    [(0.0, 0), (3.0, 3), (1234.5678, 1235), (12.34567, 12.35), (0.0123456, 0.01235), (123456.7, 123457)],
)
def test_a_figure_has_four_digits_that_say_something(measured: float, shown: float) -> None:
    assert readable(measured) == shown


def test_a_sample_in_one_phrase() -> None:
    assert spread(range(1, 101)) == "p50 50.0, p95 95.0, p99 99.0, longest 100.0 ms"
