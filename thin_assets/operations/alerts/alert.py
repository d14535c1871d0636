"""An alert, and its words."""

from dataclasses import dataclass

FAILURE, FRESHNESS, DRIFT, QUALITY = "failure", "freshness", "drift", "quality"

_SIGNS = {FAILURE: "run failed", FRESHNESS: "late", DRIFT: "drift", QUALITY: "checks failed"}


@dataclass(frozen=True)
class Alert:
    """What somebody should know.

    where    partition and room or asset
    run      id of the Dagster run that it was found in
    key      tells it from all others: what has the same key is the same news, and told once
    """

    kind: str
    what: str
    where: str
    remedy: str
    run: str
    key: str

    def subject(self) -> str:
        """One line."""
        return f"[thin-assets] {_SIGNS[self.kind]}: {self.where}"

    def text(self, address: str | None) -> str:
        """All of it, for a chat or a mail.

        address    where Dagster's pages are; without one the run is named and not linked
        """
        link = f"{address.rstrip('/')}/runs/{self.run}" if address else self.run
        return (
            f"{_SIGNS[self.kind].capitalize()}: {self.what}\n"
            f"where: {self.where}\nremedy: {self.remedy}\nrun: {link}"
        )

    def as_json(self, address: str | None) -> dict[str, str]:
        """For a webhook; `text` is what Slack, Mattermost and others show."""
        told = {name: getattr(self, name) for name in ("kind", "what", "where", "remedy", "run", "key")}
        return {"text": self.text(address)} | told
