"""Alerts arrive once, say what, where and what to do, and nothing of a patient."""

import datetime as dt
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from tests.operations_home import MARCH, PLANTED, broken, judged, raw_patient, refused, run
from tests.receivers import Mails, Posts, mails, posts, write_certificate
from thin_assets.cli import app
from thin_assets.errors import SettingsError
from thin_assets.instance.config import open_instance
from thin_assets.operations.alerts.alert import Alert
from thin_assets.operations.alerts.channels import Mail, Webhook, channels
from thin_assets.operations.alerts.send import send, sent_file
from thin_assets.sensors.alerts import alert_sensor
from thin_assets.settings import Settings

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
ALERT = Alert("failure", "3 of 14 files absent", "GB|2024-03-01, landing", "ask", "r1", "failure:r1")
LOCAL = {"alert_mail": "ops@example.org", "smtp_security": "none"}


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Posts]:
    with posts() as told:
        monkeypatch.setenv("THIN_ALERT_WEBHOOK", told.url)
        yield told


@pytest.fixture
def mailbox() -> Iterator[Mails]:
    with mails() as told:
        yield told


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, ui_address="https://dagster.example.org/")


def look(settings: Settings, cursor: str | None) -> str:
    """One look of the sensor; the cursor after it."""
    with open_instance(settings) as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        return alert_sensor(settings)(context).cursor


def test_a_run_that_failed_is_told_in_words_of_the_error_with_a_link(
    settings: Settings, webhook: Posts
) -> None:
    cursor = look(settings, None)
    failed = run(settings, refused)
    look(settings, cursor)
    (told,) = webhook.received
    assert told["what"] == "MissingFiles: 3 of 14 files absent"
    assert told["where"] == "GB|2024-03-01, landing__inspection (landing/GB|2024-03-01)"
    assert told["remedy"] == "ask the provider"
    assert told["text"].endswith(f"run: https://dagster.example.org/runs/{failed}")
    assert told["text"].startswith("Run failed: MissingFiles: 3 of 14 files absent\nwhere: ")


@pytest.mark.parametrize("asset", [broken, judged])
def test_nothing_that_quotes_a_patient_is_told(
    settings: Settings, webhook: Posts, asset: dg.AssetsDefinition
) -> None:
    cursor = look(settings, None)
    run(settings, asset)
    look(settings, cursor)
    (told,) = webhook.received
    assert PLANTED not in str(told)
    assert PLANTED not in sent_file(settings.home).read_text()
    assert ("ValueError" if asset is broken else "every_person_is_observed (warn)") in told["what"]


def test_checks_that_failed_are_told_though_the_run_did_not_fail(settings: Settings, webhook: Posts) -> None:
    cursor = look(settings, None)
    run(settings, judged)
    look(settings, cursor)
    (told,) = webhook.received
    assert (told["kind"], told["where"]) == ("quality", f"{MARCH.key}, validated/cdm")


def check(asset: str, name: str, **metadata: str | int) -> dg.AssetsDefinition:
    """An asset of which one check fails."""
    key = dg.AssetKey(asset.split("/"))

    @dg.asset(key=key, check_specs=[dg.AssetCheckSpec(name, asset=key)])
    def checked() -> dg.MaterializeResult:
        result = dg.AssetCheckResult(check_name=name, passed=False, metadata=metadata)
        return dg.MaterializeResult(check_results=[result])

    return checked


def materialize(settings: Settings, asset: dg.AssetsDefinition) -> None:
    with open_instance(settings) as instance:
        dg.materialize([asset], instance=instance)


def test_drift_is_told_as_drift(settings: Settings, webhook: Posts) -> None:
    cursor = look(settings, None)
    materialize(settings, check("features/lung_cancer", "no_covariate_changed_unseen_since_last_month"))
    look(settings, cursor)
    assert [one["kind"] for one in webhook.received] == ["drift"]


def test_a_late_delivery_is_told_once_a_month_however_often_the_calendar_is_looked_at(
    settings: Settings, webhook: Posts
) -> None:
    cursor = look(settings, None)
    for month, days in (("2024-03", 1), ("2024-03", 2), ("2024-04", 1)):
        late = {"month": month, "due": "2024-04-20", "days late": days}
        materialize(settings, check("landing/calendar", "gb_has_delivered", **late))
        cursor = look(settings, cursor)
    assert [(one["kind"], one["what"]) for one in webhook.received] == [
        ("freshness", "GB has not delivered: month 2024-03, due 2024-04-20, days late 1"),
        ("freshness", "GB has not delivered: month 2024-04, due 2024-04-20, days late 1"),
    ]


def test_who_looks_for_the_first_time_is_not_told_of_the_past_and_nobody_is_told_twice(
    settings: Settings, webhook: Posts
) -> None:
    run(settings, refused)
    cursor = look(settings, None)
    assert webhook.received == []
    run(settings, broken)
    run(settings, raw_patient)
    after = look(settings, cursor)
    look(settings, after)
    look(settings, cursor)
    assert len(webhook.received) == 1


def test_a_receiver_that_is_away_gets_it_later_and_the_other_only_once(
    settings: Settings, webhook: Posts, mailbox: Mails
) -> None:
    settings = settings.model_copy(update=LOCAL | {"smtp": mailbox.server})
    webhook.status = 503
    cursor = look(settings, None)
    run(settings, refused)
    with pytest.raises(SettingsError, match="the webhook answered 503"):
        look(settings, cursor)
    assert (len(webhook.received), len(mailbox.received)) == (0, 1)
    webhook.status = 200
    look(settings, cursor)
    assert (len(webhook.received), len(mailbox.received)) == (1, 1)


def test_a_mail_says_the_same_and_where_in_its_subject(settings: Settings, mailbox: Mails) -> None:
    settings = settings.model_copy(update=LOCAL | {"smtp": mailbox.server})
    assert send(settings, [ALERT, ALERT], NOW) == 1
    (envelope,) = mailbox.received
    mail = message_from_bytes(envelope.content, policy=policy.default)
    assert mail["subject"] == "[thin-assets] run failed: GB|2024-03-01, landing"
    assert envelope.rcpt_tos == ["ops@example.org"]
    assert mail.get_content().replace("\r\n", "\n").strip() == ALERT.text(settings.ui_address)


def test_mail_goes_over_tls_with_a_password_from_a_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = write_certificate(tmp_path / "receiver.pem")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "smtp_password").write_text("of a file\n")
    with mails(certificate) as told:
        secure = {"alert_mail": "ops@example.org", "smtp": told.server, "smtp_user": "alerts"}
        settings = settings.model_copy(update=secure)
        with pytest.raises(SettingsError, match="SSLCertVerificationError"):
            send(settings, [ALERT], NOW)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send(settings, [ALERT], NOW) == 1
        assert told.users == [("alerts", "of a file")]
        assert len(told.received) == 1


def test_without_a_receiver_the_sensor_is_off_and_nothing_is_sent(settings: Settings) -> None:
    assert list(channels(settings)) == []
    assert alert_sensor(settings).default_status == dg.DefaultSensorStatus.STOPPED
    assert send(settings, [ALERT], NOW) == 0


def test_with_a_receiver_the_sensor_is_on(settings: Settings, webhook: Posts) -> None:
    assert alert_sensor(settings).default_status == dg.DefaultSensorStatus.RUNNING


def test_the_address_of_a_webhook_is_a_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        Webhook("http://127.0.0.1:9/T000/secret").send(ALERT, None)
    assert "secret" not in str(refusal.value)
    with pytest.raises(SettingsError, match="neither http nor https"):
        Webhook("file:///etc/passwd").send(ALERT, None)


def test_a_server_that_is_not_there_is_a_setting_to_mend() -> None:
    way = Mail("127.0.0.1:9", "a@b.c", "d@e.f", "none", None, None)
    with pytest.raises(SettingsError, match="ConnectionRefusedError"):
        way.send(ALERT, None)


def test_the_command_shows_the_receivers_and_tries_them(tmp_path: Path, webhook: Posts) -> None:
    shown = CliRunner().invoke(app, ["--home", str(tmp_path), "alerts", "--try"])
    assert "alerts go to: webhook" in shown.stdout
    assert [one["what"] for one in webhook.received] == ["a trial, nothing failed"]
