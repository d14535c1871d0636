"""The page of a country: what is shown, and what is not for it would tell of few."""

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from tests.prescribing import SNAPSHOT, crowd, found, world
from thin_assets.domain.snapshot import Snapshot
from thin_assets.pages.figures import FEW
from thin_assets.studies.prescribing.page import draw
from thin_assets.studies.prescribing.page_changes import changes
from thin_assets.studies.prescribing.page_people import reasons
from thin_assets.studies.prescribing.shown import KEPT_BACK, OfKind, hidden_parts, of_kinds, parts_of
from thin_assets.studies.study import Drawn


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    """Of 90 persons 40 get diazepam, 20 an anticoagulant and 4 ibuprofen in every month."""
    return crowd(tmp_path_factory.mktemp("crowd"), {"diazepam": 40, "apixaban": 20, "ibuprofen": 4})


@pytest.fixture(scope="module")
def drawn(tables: dict[str, pl.DataFrame]) -> Drawn:
    return draw(SNAPSHOT, tables)


def test_a_class_with_ten_users_in_a_month_is_shown_with_its_rate(drawn: Drawn) -> None:
    row = re.search(r"<tr><th[^>]*>N05 Psycholeptics</th>.*?</tr>", drawn.page).group()
    assert f"{1000 * 40 / 90 * 365.25 / 12 / 30.5:.0f}"[:2] in row


def test_a_class_of_few_is_named_nowhere_in_page_or_pictures(drawn: Drawn) -> None:
    design = drawn.page.index('<section id="design">')
    everything = drawn.page[:design] + "".join(drawn.pictures.values())
    assert "Antiinflammatory" not in everything and "M01" not in everything and "ibuprofen" not in everything


def test_measures_are_drawn_where_they_rest_on_enough(drawn: Drawn) -> None:
    """All 40 users are treated beyond 12 weeks; four NSAIDs beside 20 anticoagulants are kept back."""
    told = re.search(r"<tr><th[^>]*>NSAID together.*?</tr>", drawn.page).group()
    assert '<td class="number">–</td>' in told
    beyond = re.search(r"<tr><th[^>]*>Benzodiazepines and Z-drugs.*?</tr>", drawn.page).group()
    assert ">480<" in beyond and ">100.0<" in beyond


def test_every_kind_of_record_has_its_sections(drawn: Drawn) -> None:
    for section in ("classes", "age", "measures", "changes", "people", "duration", "reasons", "pairs"):
        assert f'<section id="prescribed-{section}">' in drawn.page
    assert "dispensed-classes" not in drawn.page


def test_the_same_tables_give_the_same_page(tables: dict[str, pl.DataFrame], drawn: Drawn) -> None:
    assert draw(SNAPSHOT, tables) == drawn


def test_ages_of_few_are_blank_and_so_is_what_would_tell_them(tmp_path: Path) -> None:
    """Twelve users of each of five ages in every month are shown; eight are not, in no year of months."""
    one = of_kinds(crowd(tmp_path, {"diazepam": 60, "apixaban": 40}))[0]
    shown = one.by_age("ATC 2nd")
    assert list(shown) == ["N05"]
    assert sum(value is not None and value > 0 for value in shown["N05"].values()) == 5


def test_where_observation_ends_with_a_record_the_page_warns(tables: dict[str, pl.DataFrame]) -> None:
    warning = "every rate rises towards the end"
    assert warning in draw(Snapshot.named("FR", "2024-03"), tables).page
    assert warning not in draw(SNAPSHOT, tables).page


@pytest.mark.parametrize("nobody", [{}, {"person": "", "observation_period": ""}])
def test_a_country_without_prescriptions_says_so(tmp_path: Path, nobody: dict[str, str]) -> None:
    page = draw(SNAPSHOT, found(world(tmp_path, "", **nobody))).page
    assert ("Nobody was observed" if nobody else "No prescription of a known class") in page


def test_a_part_of_few_is_not_told_by_the_others() -> None:
    assert parts_of({"a": 400, "b": 300}) == {"a": "400", "b": "300"}
    assert parts_of({"a": 400, "b": 300, "c": 2}) == {"a": "400", "b": KEPT_BACK, "c": FEW}


def test_few_persons_of_many_months_are_still_few() -> None:
    """Four and two persons in each of twelve months are 72 person-months: the next group hides them."""
    months = {"a": 4000, "b": 300, "c": 48, "d": 24}
    most = {"a": 400, "b": 30, "c": 4, "d": 2}
    assert hidden_parts(months, most, 12) == {"b", "c", "d"}


@pytest.mark.parametrize(("starts", "is_told"), [(20, True), (19, False), (61, False)])
def test_a_reason_is_told_where_ten_persons_had_it_though_each_began_twice(
    starts: int, is_told: bool
) -> None:
    """Within 24 months somebody may begin a class twice: 19 starts may be those of fewer, as may the rest."""
    names = ("record_kind", "class_code", "class_name", "category", "category_name", "starts")
    row = dict(zip(names, ("prescribed", "N05", "psycholeptics", "F41", "anxiety", starts), strict=True))
    months = [dt.date(2022 + (place + 3) // 12, (place + 3) % 12 + 1, 1) for place in range(24)]
    tables = {
        "prescribing_reasons": pl.DataFrame([row | {"starts_of_class": 80}]),
        "prescribing_person_days": pl.DataFrame({"month": months}),
    }
    assert ("anxiety" in str(reasons(OfKind("prescribed", tables)))) == is_told


@pytest.mark.parametrize(("users", "is_told"), [(10, True), (4, False), (0, True)])
def test_a_level_of_few_is_not_told_beside_one_of_many(tmp_path: Path, users: int, is_told: bool) -> None:
    """From 10, 4 or none to 60 a month: the rate of the four would count them."""
    tables = crowd(tmp_path, {"diazepam": users, "apixaban": 40}, later={"diazepam": 60, "apixaban": 40})
    (one,) = of_kinds(tables)
    (change,) = (
        one.table("changes")
        .filter(pl.col("month").is_not_null(), level="ATC 2nd", class_code="N05", counted="users")
        .iter_rows(named=True)
    )
    body = re.search(r"<tr><th[^>]*>Psycholeptics \(ATC 2nd\)</th><td>users</td>.*?</tr>", str(changes(one)))
    assert (f">{change['rate_before']:,.1f}<" in body.group()) == is_told
    assert f">{change['rate_after']:,.1f}<" in body.group()
