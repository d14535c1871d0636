"""The report: what it shows and keeps back, TRIPOD+AI filled, and nothing but what the tables hold."""

import datetime as dt
import re

import polars as pl
import pytest

from thin_assets.studies.risk.contract import (
    RESULTS,
    CovariateSummary,
    CumulativeIncidence,
    RiskModel,
    as_table,
)
from thin_assets.studies.risk.declared import declared
from thin_assets.studies.risk.page import draw_report
from thin_assets.studies.risk.page_scene import Scene, joined_tenths, shown_groups
from thin_assets.studies.risk.tripod import filled, items

KEY = {"site": "lung", "horizon_years": 2, "learner": "logistic", "trained_in": "FR"}
ABROAD = KEY | {"country": "GB", "evaluation": "Validation"}
NOTHING = dict.fromkeys(("value", "lower", "upper"))


def statistics(events: int, **values: float) -> list[dict]:
    told = {
        "outcomeCount": events,
        "knownAtHorizon": 500,
        "AUROC": 0.71,
        "CIndex": 0.72,
        "AUPRC": 0.2,
    } | values
    return [
        ABROAD
        | {
            "recalibration": "none",
            "metric": name,
            "value": float(value),
            "lower": value - 0.1,
            "upper": value + 0.1,
        }
        for name, value in told.items()
    ]


def incidence(events: int) -> dict:
    counts = {"entries": 500, "persons": 400, "events": events, "deaths": 33, "other_cancers": 44, "lost": 55}
    risks = {"risk": 0.1234, "risk_of_death": 0.05, "risk_without_competition": 0.15}
    return {"site": "lung", "horizon_years": 2, "country": "GB"} | counts | risks


def model(trained: bool) -> dict:
    counts = {"entries": 500, "persons": 400, "events": 60, "practices": 4, "predictors": 9}
    attack = {"membership_auc": 0.52, "membership_lower": 0.49, "is_handed_out": trained}
    told = {"is_trained": trained, "why_not": None if trained else "fewer than 20 events", "penalty": 30.0}
    return KEY | told | counts | attack | {"training_hash": "0" * 64}


def scene(events: int = 60, **rows: list[dict]) -> Scene:
    """A month of two countries: one model, judged abroad by so many events."""
    given = {
        "risk_model": [model(True)],
        "cumulative_incidence": [incidence(events), incidence(events) | {"country": "FR"}],
        "covariate_summary": [],
        "evaluation_statistics": statistics(events),
    } | rows
    contracts = {
        "risk_model": RiskModel,
        "cumulative_incidence": CumulativeIncidence,
        "covariate_summary": CovariateSummary,
    }
    contracts |= RESULTS
    tables = {name: as_table(contract, given.get(name, [])) for name, contract in contracts.items()}
    return Scene(dt.date(2024, 3, 1), declared(), tables)


def judged() -> Scene:
    """A model that was judged abroad in every way."""
    tenth = {"entries": 50, "events": 20}
    curves = [
        ABROAD
        | tenth
        | {"recalibration": how, "tenth": place, "mean_risk": place / 30 + shift, "observed_risk": place / 30}
        for shift, how in enumerate(("none", "intercept", "intercept_and_slope"))
        for place in range(1, 11)
    ]
    shares = dict.fromkeys(("ppv", "sensitivity", "specificity", "npv"), 0.3) | {"chosen": 0.1}
    found = shares | {"positives": 50.0, "true_positives": 15.0, "assessed_per_case": 3.3}
    weighed = found | {"net_benefit": 0.02, "net_benefit_all": 0.01, "threshold": 0.1}
    chosen = [
        ABROAD | weighed | {"recalibration": how, "chosen_by": by, "at": at}
        for how in ("none", "intercept_and_slope")
        for by, values in (("share", declared().top_shares), ("risk", declared().thresholds))
        for at in values
    ]
    group = {"entries": 250, "mean_risk": 0.1, "observed_risk": 0.12, "auroc": 0.7}
    halves = [
        ABROAD
        | group
        | {"grouped_by": "sex", "group": sex, "events": 30, "auroc_lower": 0.6, "auroc_upper": 0.8}
        for sex in ("female", "male")
    ]
    return scene(
        calibration_summary=curves,
        threshold_summary=chosen,
        demographic_summary=halves,
        covariate_summary=covariates(),
    )


def test_every_part_of_a_site_is_drawn() -> None:
    text = draw_report(judged())
    assert text.count("<svg") == 3 and "Nothing that rests on enough events" not in text
    for told in ("looked at for one", "came / told", "level and spread", "age, years"):
        assert told in text


def test_a_decision_curve_ends_where_fewer_than_ten_are_found() -> None:
    """The height of a point would tell how many."""
    whole = judged()
    rows = whole.tables["threshold_summary"]
    beyond = (pl.col("chosen_by") == "risk") & (pl.col("at") > 0.01)
    few = pl.when(beyond).then(9.0).otherwise("true_positives").alias("true_positives")
    ended = Scene(whole.month, whole.told, dict(whole.tables) | {"threshold_summary": rows.with_columns(few)})
    moved = rows.with_columns(few, net_benefit=pl.when(beyond).then(0.012).otherwise("net_benefit"))
    elsewhere = Scene(whole.month, whole.told, dict(whole.tables) | {"threshold_summary": moved})
    assert draw_report(ended) != draw_report(whole)
    assert draw_report(ended) == draw_report(elsewhere)


def test_the_same_tables_give_the_same_bytes() -> None:
    assert draw_report(scene()) == draw_report(scene())


def test_a_figure_stands_on_the_page_as_it_stands_in_the_table() -> None:
    text = draw_report(scene())
    assert "0.71 (0.61 to 0.81)" in text and "12.34 %" in text


@pytest.mark.parametrize("events", [1, 9])
def test_a_figure_that_rests_on_few_is_kept_back(events: int) -> None:
    text = draw_report(scene(events))
    assert "0.71" not in text and "12.34 %" not in text
    assert "Too few events to show a figure" in text and "&lt;10" in text


@pytest.mark.parametrize("deaths", [1, 9])
def test_a_risk_of_death_rests_on_ten_deaths(deaths: int) -> None:
    """Beside `<10` the share would tell the count."""
    few = draw_report(
        scene(cumulative_incidence=[incidence(60) | {"deaths": deaths, "risk_of_death": 0.0171}])
    )
    assert "1.71 %" not in few and "12.34 %" in few and "15.00 %" in few
    assert "5.00 %" in draw_report(scene())


def test_counts_are_told_to_the_nearest_five() -> None:
    text = draw_report(scene(events=62))
    assert ">60<" in text and ">62<" not in text and ">35<" in text and ">33<" not in text


def test_what_was_not_learned_says_why() -> None:
    assert "fewer than 20 events" in draw_report(scene(risk_model=[model(False)]))


def test_every_item_of_tripod_is_there_and_filled() -> None:
    numbers = {int(re.match(r"\d+", row["item"])[0]) for row in items()}
    assert numbers == set(range(1, 28))
    told = [row[-1] for row in filled(scene())]
    assert all(told) and not [one for one in told if "{" in one or "}" in one]
    assert any("FR, GB" in one for one in told)


@pytest.mark.parametrize("events", [60, 3])
def test_every_link_leads_somewhere_on_the_page(events: int) -> None:
    text = draw_report(scene(events, covariate_summary=covariates()))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))


def covariates() -> list[dict]:
    told = {
        "direction": 1,
        "weight": 0.4,
        "mean_contribution": 0.1,
        "known": 1.0,
        "mean_without": 1.0,
        "mean_with": 2.0,
    }
    return [KEY | {"country": "FR", "evaluation": "CV", "predictor": "age", "title": "age, years"} | told]


def tenths(*counts: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "tenth": place + 1,
                "entries": entries,
                "events": events,
                "mean_risk": (place + 1) / 10,
                "observed_risk": events / entries,
            }
            for place, (entries, events) in enumerate(counts)
        ]
    )


def test_tenths_are_joined_until_ten_fell_ill() -> None:
    found = list(joined_tenths(tenths((100, 1), (100, 4), (100, 9), (100, 12), (100, 30))))
    assert [(entries, events) for _, _, entries, events in found] == [(300, 14), (100, 12), (100, 30)]
    assert found[0][1] == pytest.approx(14 / 300) and found[0][0] == pytest.approx(0.2)


def test_what_is_left_at_the_lowest_end_joins_the_part_above_it() -> None:
    found = list(joined_tenths(tenths((100, 3), (100, 12), (100, 30))))
    assert [(entries, events) for _, _, entries, events in found] == [(200, 15), (100, 30)]
    assert list(joined_tenths(tenths((100, 3)))) == []


def groups(**events: int) -> pl.DataFrame:
    return pl.DataFrame([{"group": name, "events": count, "entries": 200} for name, count in events.items()])


def test_one_group_that_is_kept_back_takes_another_with_it() -> None:
    assert shown_groups(groups(a=40, b=20, c=4))["group"].to_list() == ["a"]
    assert shown_groups(groups(a=40, b=20, c=30))["group"].to_list() == ["a", "b", "c"]
