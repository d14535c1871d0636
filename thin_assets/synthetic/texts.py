"""Free text for a delivery that was written: a restricted bundle of short sentences, and the truth about it.

Each text is one or two sentences from a template in the language of the country; every sentence names one
term. The same delivery and seed give the same bytes. Where a planted effect leaves symptoms to the texts,
each of them has a text that states it, and the other texts say of symptoms only what must not count.
"""

import csv
import hashlib
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

from thin_assets.domain.layout import LAYOUT_TEXT, column_names
from thin_assets.domain.snapshot import Snapshot, next_month
from thin_assets.resources.files import write_json
from thin_assets.synthetic.account import GENERATOR_VERSION
from thin_assets.synthetic.delivery import MARKER_FILE, told_beside
from thin_assets.synthetic.files import Part, write_part

LANGUAGES = {"GB": "en", "FR": "fr", "ES": "es", "IT": "it", "DE": "de", "BE": "nl", "RO": "ro"}
"""The language in which most doctors of a country write."""

ONE_IN = 5
"""One consultation in so many has a text."""

CONSULTATIONS_AT_ONCE = 100_000
"""Rows that are Python's at a time; a country of a million patients has some ten million."""

DENIED = ("negated", "other", "hypothetical")
"""Kinds of sentence whose term is there and does not exist for the patient."""


def write_texts(delivery: Path, snapshot: Snapshot, *, seed: int, bundles: Path, truth: Path) -> Path:
    """Write the text bundle of a delivery, and what should be found in it; returns the bundle's folder.

    delivery   folder of a delivery in thin-v1 layout: texts belong to its consultations
    bundles    the bundle is `<bundles>/<country>/<YYYY-MM>`; one that is there is replaced as a whole
    truth      counts by concept and sentence kind go to `<truth>/<country>/<YYYY-MM>-text.json`; what an
               effect leaves to the texts is read from `<YYYY-MM>-told.csv`
    """
    language, told = (
        LANGUAGES[snapshot.country],
        told_beside(truth / snapshot.country / f"{snapshot.folder}.json"),
    )
    texts = text_frame(_consultations(delivery), language, seed, only_denied=told.exists())
    if told.exists():
        texts = pl.concat([texts, told_texts(pl.read_csv(told, infer_schema=False), language, seed)])
    folder = bundles / snapshot.country / snapshot.folder
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        part = write_part(temporary, "text", 0, texts.select(column_names("text")))
        write_json(temporary / "manifest.json", _manifest(snapshot, seed, part))
        (temporary / MARKER_FILE).touch()
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    write_json(truth / snapshot.country / f"{snapshot.folder}-text.json", truth_of(texts))
    return folder


def text_frame(
    consultations: pl.DataFrame, language: str, seed: int, *, only_denied: bool = False
) -> pl.DataFrame:
    """One row per text, with what its sentences say in the columns `concepts` and `kinds`.

    consultations   pracid, patid, consultid, eventdate; rows that cannot be read may be among them
    only_denied     symptoms of `symptom_terms.csv`, in sentences that do not mean that the patient has them
    """
    words = _denials(language) if only_denied else _sentences(language)
    keyed = consultations.drop_nulls().unique(["pracid", "patid", "consultid"], keep="first")
    some = keyed.sort("pracid", "patid", "consultid").iter_slices(CONSULTATIONS_AT_ONCE)
    parts = [pl.DataFrame(list(_texts_of(one, language, seed, words)), _SHAPE) for one in some]
    return pl.concat([pl.DataFrame(schema=_SHAPE), *parts])


def told_texts(told: pl.DataFrame, language: str, seed: int) -> pl.DataFrame:
    """One text per record that is in text alone: stated, on its day; some texts deny another symptom too.

    told      pracid, patid, consultid (may be null), recordid, eventdate, notion
    returns   as `text_frame`
    """
    terms = {row["notion"]: row for row in _rows("symptom_terms.csv", language)}
    stated, denied = _by_kind("symptom_texts.csv", language)
    rows = []
    for row in told.sort("pracid", "patid", "recordid").iter_rows(named=True):
        drawn = _draw(seed, row["pracid"], row["patid"], row["recordid"])
        term, others = terms[row["notion"]], [one for name, one in terms.items() if name != row["notion"]]
        said = [(term, stated[drawn % len(stated)])]
        if drawn // 7 % 3 == 0:
            said.append((others[drawn // 61 % len(others)], denied[drawn // 977 % len(denied)]))
        if drawn // 5003 % 2:
            said.reverse()
        keys = {name: row[name] for name in ("pracid", "patid", "consultid", "eventdate")}
        rows.append(keys | {"textid": f"{row['recordid']}S"} | _told(language, said, _day(row["eventdate"])))
    return pl.DataFrame(rows, _SHAPE)


def _day(text: str) -> str:
    """YYYYMMDD as people write it."""
    return f"{text[6:8]}.{text[4:6]}.{text[:4]}"


_SHAPE = dict.fromkeys(
    ("pracid", "patid", "consultid", "eventdate", "textid", "lang", "freetext"), pl.String
) | {"concepts": pl.List(pl.Int64), "kinds": pl.List(pl.String)}

Words = tuple[tuple[dict[str, str], ...], tuple[dict[str, str], ...]]
"""Terms, and sentences that name one."""


def _sentences(language: str) -> Words:
    return _rows("text_terms.csv", language), _rows("texts.csv", language)


def _denials(language: str) -> Words:
    _, denied = _by_kind("texts.csv", language)
    return _rows("symptom_terms.csv", language), denied


def _by_kind(name: str, language: str) -> Words:
    """Sentences that state a term, and those that deny it, suppose it or tell it of somebody else."""
    rows = _rows(name, language)
    return tuple(row for row in rows if row["kind"] == "stated"), tuple(
        row for row in rows if row["kind"] in DENIED
    )


def truth_of(texts: pl.DataFrame) -> dict:
    """Counts for those who test: texts, and mentions by concept and kind of sentence."""
    mentions = texts.select("concepts", "kinds").explode("concepts", "kinds")
    counted = Counter(zip(mentions["concepts"].to_list(), mentions["kinds"].to_list(), strict=True))
    return {
        "texts": texts.height,
        "mentions": mentions.height,
        "term_exists": sum(count for (_, kind), count in counted.items() if kind not in DENIED),
        "by_concept": {f"{concept} {kind}": count for (concept, kind), count in sorted(counted.items())},
    }


def _texts_of(consultations: pl.DataFrame, language: str, seed: int, words: Words) -> Iterator[dict]:
    for row in consultations.iter_rows(named=True):
        drawn = _draw(seed, row["pracid"], row["patid"], row["consultid"])
        if drawn % ONE_IN == 0:
            yield row | {"textid": f"{row['consultid']}T"} | _written(language, drawn // ONE_IN, words)


def _written(language: str, drawn: int, words: Words) -> dict:
    """A text of one or two sentences about different terms."""
    terms, sentences = words
    first, kinds = drawn % len(terms), (drawn // 7 % len(sentences), drawn // 61 % len(sentences))
    told = [(terms[(first + place) % len(terms)], sentences[kind]) for place, kind in enumerate(kinds)]
    return _told(language, told[: 1 + drawn // 501 % 2])


def _told(language: str, told: list[tuple[dict, dict]], day: str = "") -> dict:
    return {
        "lang": language,
        "freetext": " ".join(
            sentence["sentence"].format(term=term["term"], date=day) for term, sentence in told
        ),
        "concepts": [int(term["concept_id"]) for term, _ in told],
        "kinds": [sentence["kind"] for _, sentence in told],
    }


@cache
def _rows(name: str, language: str) -> tuple[dict[str, str], ...]:
    text = files("thin_assets.synthetic.codes").joinpath(name).read_text(encoding="utf-8")
    return tuple(row for row in csv.DictReader(text.splitlines()) if row["language"] == language)


def _draw(seed: int, *key: str) -> int:
    """A number that is the same for a consultation in every snapshot."""
    digest = hashlib.sha256("|".join((str(seed), "text", *key)).encode()).digest()
    return int.from_bytes(digest[:8], "big")


def _consultations(delivery: Path) -> pl.DataFrame:
    columns = ["pracid", "patid", "consultid", "eventdate"]
    parts = [
        pl.read_csv(
            path, separator="|", infer_schema=False, truncate_ragged_lines=True, encoding="utf8-lossy"
        )
        for path in sorted(delivery.glob("consult/part-*.csv.gz"))
    ]
    rows = pl.concat([part.select(columns) for part in parts])
    return rows.filter(pl.col("eventdate").str.contains(r"^\d{8}$"))


def _manifest(snapshot: Snapshot, seed: int, part: Part) -> dict:
    return {
        "layout_version": LAYOUT_TEXT,
        "country": snapshot.country,
        "snapshot_month": snapshot.folder,
        "collection_cutoff": snapshot.cutoff.isoformat(),
        "generated_at": f"{next_month(snapshot.month)}T06:00:00Z",
        "seed": seed,
        "generator_version": GENERATOR_VERSION,
        "files": [vars(part)],
        "contains_free_text": True,
    }
