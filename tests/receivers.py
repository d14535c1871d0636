"""Receivers on this machine: one that takes posts of JSON, one that takes mail, over TLS or plain."""

import datetime as dt
import ipaddress
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOOPBACK = "127.0.0.1"


@dataclass
class Posts:
    """What was posted to a receiver; it answers with `status`."""

    url: str = ""
    received: list[dict] = field(default_factory=list)
    status: int = 200


@contextmanager
def posts() -> Iterator[Posts]:
    """A receiver of JSON for the block."""
    told = Posts()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if told.status == 200:
                told.received.append(json.loads(body))
            self.send_response(told.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer((LOOPBACK, 0), Receiver) as server:
        told.url = f"http://{LOOPBACK}:{server.server_address[1]}/hook"
        Thread(target=server.serve_forever, daemon=True).start()
        yield told
        server.shutdown()


@dataclass
class Mails:
    """What was mailed to a server, and by whom."""

    server: str = ""
    received: list[Envelope] = field(default_factory=list)
    users: list[tuple[str, str]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail."""
        self.received.append(envelope)
        return "250 OK"

    def sign_in(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, who: object
    ) -> AuthResult:
        """Let everybody in, and note who came."""
        assert isinstance(who, LoginPassword)
        self.users.append((who.login.decode(), who.password.decode()))
        return AuthResult(success=True)


class _AnyPort(Controller):
    """Waits at the port that the system gave it."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mails(certificate: Path | None = None) -> Iterator[Mails]:
    """A mail server for the block; with a certificate it wants STARTTLS and somebody who signs in."""
    told = Mails()
    wants: dict = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        wants = {"tls_context": context, "require_starttls": True, "authenticator": told.sign_in}
    controller = _AnyPort(told, hostname=LOOPBACK, port=0, **wants)
    controller.start()
    told.server = f"{LOOPBACK}:{controller.port}"
    try:
        yield told
    finally:
        controller.stop()


def write_certificate(path: Path) -> Path:
    """A key and a certificate of this machine, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
