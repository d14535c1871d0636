"""A server that is restarted is waited for, one that says no is not, and the log tells the remedy once."""

import logging
from collections.abc import Callable

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from thin_assets.errors import InstanceUnreachable
from thin_assets.instance import postgres
from thin_assets.instance.postgres import patiently

URL = make_url("postgresql://thin:hush@db:5432/dagster")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only sleeping moves; its last entry is now."""
    times = [0.0]
    monkeypatch.setattr(postgres.time, "monotonic", lambda: times[-1])
    monkeypatch.setattr(postgres.time, "sleep", lambda seconds: times.append(times[-1] + seconds))
    return times


def away(until: float, clock: list[float], says: str = "Connection refused") -> Callable[[], str]:
    def connect() -> str:
        if clock[-1] < until:
            raise psycopg2.OperationalError(f"{says}\n\tIs the server running?")
        return "a connection"

    return connect


def test_a_restarted_server_is_waited_for_and_that_is_told_once(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert patiently(away(30, clock), URL) == "a connection"
    assert 30 <= clock[-1] < 40
    (told,) = caplog.messages
    assert "db:5432/dagster" in told
    assert "start it" in told
    assert "hush" not in told


def test_after_two_minutes_the_run_fails_and_says_what_to_do(clock: list[float]) -> None:
    with pytest.raises(InstanceUnreachable, match="Connection refused") as told:
        patiently(away(10_000, clock), URL)
    assert 120 < clock[-1] < 130
    assert "Is the server running" not in str(told.value)


@pytest.mark.parametrize(
    "says", ['password authentication failed for user "thin"', 'FATAL: database "dagster" does not exist']
)
def test_a_server_that_says_no_is_not_asked_again(clock: list[float], says: str) -> None:
    with pytest.raises(InstanceUnreachable):
        patiently(away(10_000, clock, says), URL)
    assert clock == [0.0]
