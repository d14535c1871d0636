"""Where alerts go: a webhook that takes JSON, and e-mail through a server that speaks TLS."""

import json
import smtplib
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

from thin_assets.errors import SettingsError
from thin_assets.operations.alerts.alert import Alert
from thin_assets.settings import Settings

SECONDS = 15
"""How long a receiver may take."""


class Channel(Protocol):
    """A way to a receiver."""

    name: str

    def send(self, alert: Alert, address: str | None) -> None:
        """Deliver, or raise SettingsError."""


@dataclass(frozen=True)
class Webhook:
    """A POST of JSON. Its address may be a secret in itself, and is told to nobody."""

    url: str
    name: str = "webhook"

    def send(self, alert: Alert, address: str | None) -> None:
        """Post it. Raises SettingsError when the receiver does not take it."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise _not_sent("the address of the webhook is neither http nor https", "THIN_ALERT_WEBHOOK")
        body = json.dumps(alert.as_json(address)).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS):
                return
        except (OSError, ValueError) as error:
            told = (
                f"answered {error.code}" if isinstance(error, urllib.error.HTTPError) else "does not answer"
            )
            raise _not_sent(f"the webhook {told}", urlsplit(self.url).hostname or "webhook") from None


@dataclass(frozen=True)
class Mail:
    """A mail to a few people.

    security    `starttls`, `tls` from the first byte, or `none`: for a server on this machine only
    """

    server: str
    to: str
    sender: str
    security: str
    user: str | None
    password: str | None
    name: str = "mail"

    def send(self, alert: Alert, address: str | None) -> None:
        """Send it. Raises SettingsError when the server does not take it, or cannot be trusted."""
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = alert.subject(), self.sender, self.to
        message.set_content(alert.text(address))
        try:
            with self._connected() as server:
                if self.user is not None:
                    server.login(self.user, self.password or "")
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise _not_sent(f"the mail server refuses: {type(error).__name__}", self.server) from error

    def _connected(self) -> smtplib.SMTP:
        host, _, port = self.server.partition(":")
        trusted = ssl.create_default_context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(host, int(port or 465), timeout=SECONDS, context=trusted)
        server = smtplib.SMTP(host, int(port or 587), timeout=SECONDS)
        if self.security == "starttls":
            server.starttls(context=trusted)
        return server


def _not_sent(what: str, where: str) -> SettingsError:
    remedy = "see docs/how-to/set-alerts.md; `thin-assets alerts --try` sends one to see"
    return SettingsError(what, where=where, remedy=remedy)


def channels(settings: Settings) -> Iterator[Channel]:
    """Every way that the settings name; none is none."""
    if url := settings.secret("alert_webhook"):
        yield Webhook(url)
    if settings.alert_mail and settings.smtp:
        yield Mail(
            settings.smtp,
            settings.alert_mail,
            settings.alert_sender,
            settings.smtp_security,
            settings.smtp_user,
            settings.secret("smtp_password"),
        )
