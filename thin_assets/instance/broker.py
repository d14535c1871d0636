"""The broker of runs: Redis, through which Celery hands the id of each run to one free worker.

Nothing but the id of a run, and a digest of the code that it is meant for, is sent. What the run is to do
stands in the instance; who can write to the broker can delay runs or drop them, and cannot say what they do.
While a run is executed, its process keeps a key there that fades soon after the process is gone.

Needs Celery and redis-py (extra `deploy`): only what is asked for workers imports this module.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from thin_assets.errors import BrokerUnreachable, SettingsError
from thin_assets.instance.launchers import REMEDY, broker_url, place_of
from thin_assets.settings import Settings

QUEUE = "thin-runs"
EXECUTE = "thin_assets.execute_run"
"""Name of the one task there is."""

_ANSWER_SECONDS, _LISTENING_SECONDS = 10, 3
_SIGNS = 6
"""How often a run gives a sign of itself in the time after which it would be given up."""

_ONE_RUN_A_PROCESS = {
    "worker_pool": "prefork",
    "worker_max_tasks_per_child": 1,
    "worker_disable_prefetch": True,  # a run waits in the queue, for whichever worker is free first
    "worker_proc_alive_timeout": 120.0,  # a busy machine may be slow to fork
}
_PATIENCE = {
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,  # for ever
    "broker_transport_options": {"socket_connect_timeout": _ANSWER_SECONDS},
}
_SENT_AGAIN = {"max_retries": 30, "interval_start": 0.2, "interval_step": 0.5, "interval_max": 5}
"""For some two minutes, in which Redis may be restarted."""

_NOTHING_BUT_IDS = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_ignore_result": True,
    "result_backend": None,
    "worker_redirect_stdouts": False,
    "worker_hijack_root_logger": True,
}


def application(settings: Settings) -> Celery:
    """The Celery application of a home's workers and of who sends to them. Raises SettingsError."""
    app = Celery("thin_assets", broker=broker_url(settings), set_as_current=False)
    app.conf.update(_ONE_RUN_A_PROCESS | _PATIENCE | _NOTHING_BUT_IDS, task_default_queue=QUEUE)
    return app


def client(settings: Settings) -> redis.Redis:
    """A client of the broker for the signs of runs. Raises SettingsError."""
    return redis.Redis.from_url(
        broker_url(settings),
        decode_responses=True,
        socket_timeout=_ANSWER_SECONDS,
        socket_connect_timeout=_ANSWER_SECONDS,
    )


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Raises BrokerUnreachable where what is done in the block needs a broker that does not answer."""
    try:
        yield
    except (redis.RedisError, OperationalError) as error:
        reason = type(error.__cause__ or error).__name__  # its words may hold the address with its password
        raise BrokerUnreachable(
            f"the Redis of the workers gives no answer ({reason})", where=place_of(settings), remedy=REMEDY
        ) from None


def send(app: Celery, run_id: str, code: str) -> None:
    """Put a run into the queue of the workers; waits some two minutes for a broker that is away."""
    app.send_task(EXECUTE, args=[run_id, code], task_id=run_id, queue=QUEUE, retry_policy=_SENT_AGAIN)


def workers(settings: Settings) -> dict[str, int]:
    """How many runs at once each worker takes that answers within some seconds. Raises BrokerUnreachable."""
    with reaching(settings):
        told = application(settings).control.inspect(timeout=_LISTENING_SECONDS).stats() or {}
    return {name: of["pool"]["max-concurrency"] for name, of in told.items()}


def is_reachable(settings: Settings) -> bool:
    """Whether the broker answers and lets us in."""
    try:
        with reaching(settings):
            return client(settings).ping()
    except SettingsError:
        return False


class Sign:
    """That the process of a run is there, as a key of the broker says.

    silence    seconds after which a run without a sign is given up
    """

    def __init__(self, server: redis.Redis, run_id: str, silence: float) -> None:
        self._server, self._key, self._silence = server, f"thin-run:{run_id}", silence

    def is_there(self) -> bool:
        """Whether some process has the run."""
        return self._server.exists(self._key) > 0

    def claim(self, who: str) -> bool:
        """Be the only process of the run; False where another is, as when a message came twice."""
        return bool(self._server.set(self._key, who, nx=True, px=self._fades_after()))

    @contextmanager
    def kept(self, who: str) -> Iterator[None]:
        """Give the sign again and again while the block runs, and take it away at its end."""
        ended = threading.Event()
        thread = threading.Thread(target=self._give, args=(who, ended), name="sign", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self._say(lambda: self._server.delete(self._key))

    def _give(self, who: str, ended: threading.Event) -> None:
        while not ended.wait(self._silence / _SIGNS):
            self._say(lambda: self._server.set(self._key, who, px=self._fades_after()))

    @staticmethod
    def _say(what: Callable[[], object]) -> None:
        """A broker that is away is told later: the run needs it for nothing else."""
        try:
            what()
        except redis.RedisError:
            return

    def _fades_after(self) -> int:
        return round(self._silence * 1000 * 2 / _SIGNS)
