"""A server of S3 on this machine, for tests: moto, in memory, one request at a time.

One at a time, because moto looks and then writes: of two conditional writes at once it might let both
through, which S3 itself never does.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from thin_assets.resources.store import Store, open_store

ROOT = Path(__file__).parents[2]
KEYS = {"AWS_ACCESS_KEY_ID": "a-key", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_REGION": "eu-west-1"}


@contextmanager
def s3_server() -> Iterator[str]:
    """Address of a server on loopback; it is stopped by its process id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.s3"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        port = process.stdout.readline().strip()
        assert port, "the server of S3 did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def options_of(endpoint: str) -> dict[str, str]:
    """What a client of the server is told, in the environment or in a file."""
    return KEYS | {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true"}


def new_store(endpoint: str, folder: Path) -> tuple[str, Path]:
    """Address of an empty store, in a bucket of its own, and the file of its options."""
    import boto3

    bucket = f"lake-{uuid.uuid4().hex[:8]}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=KEYS["AWS_REGION"],
    )
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": KEYS["AWS_REGION"]})
    options = folder / f"{bucket}.options"
    options.touch(mode=0o600)
    options.write_text("".join(f"{name}={value}\n" for name, value in options_of(endpoint).items()))
    return f"s3://{bucket}/thin", options


def use_new_store(environment: pytest.MonkeyPatch, server: str, folder: Path) -> tuple[str, Path]:
    """A new store for the homes that are opened from now on; its address, and the file of its options."""
    address, options = new_store(server, folder)
    environment.setenv("THIN_STORE", address)
    environment.setenv("THIN_STORE_OPTIONS", str(options))
    return address, options


def opened(address: str, options: Path) -> Store:
    """A client of a store."""
    return open_store(address, options)


def serve() -> None:
    """Listen on a free port, say which, and answer until somebody stops the process."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=False)
    print(server.port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve()
