"""A real Redis of Debian's for tests: on loopback, in memory alone, stopped by process id."""

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import redis

from tests.waiting import free_port

PATIENCE_SECONDS = 60


@dataclass
class Redis:
    """A server that listens on 127.0.0.1.

    password    random; the server lets nobody in without it
    """

    port: int
    password: str
    process: subprocess.Popen | None = field(default=None, repr=False)

    def url(self, *, with_password: bool = True) -> str:
        """Address of the server."""
        return f"redis://{f':{self.password}@' if with_password else ''}127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """Somebody who may do everything there."""
        return redis.Redis.from_url(self.url(), decode_responses=True)

    def start(self) -> None:
        """Start it empty, and wait until it answers."""
        assert shutil.which("redis-server"), "apt-get install redis-server"
        told = f'port {self.port}\nbind 127.0.0.1\nsave ""\nappendonly no\nrequirepass {self.password}\n'
        self.process = subprocess.Popen(
            ["redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.process.stdin.write(told)
        self.process.stdin.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.client().ping()
                return
            except redis.ConnectionError:
                assert self.process.poll() is None and time.monotonic() < deadline, "Redis does not answer"
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
            self.process = None


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A running server for the block."""
    server = Redis(free_port(), secrets.token_hex(16))
    try:
        server.start()
        yield server
    finally:
        server.stop()
