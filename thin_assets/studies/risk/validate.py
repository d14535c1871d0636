"""Every model in every country that did not teach it; and models of all countries but the one that judges."""

import datetime as dt
from collections.abc import Mapping

from thin_assets.studies.risk.declared import Models
from thin_assets.studies.risk.evaluate import Results, judge
from thin_assets.studies.risk.model import Model
from thin_assets.studies.risk.problems import Cases
from thin_assets.studies.risk.train import VALIDATION, Country, Trained, train

NOT = "not "
"""Before the code of a country: trained in all others of the month."""

FEWEST_COUNTRIES = 3
"""With two, all but one is the other, whose own models are judged already."""


class Bench:
    """Entries of each country and problem, made once however many models they judge."""

    def __init__(self, countries: Mapping[str, Country], told: Models) -> None:
        self.countries, self.told = countries, told
        self._made: dict[tuple, Cases] = {}

    def cases(self, code: str, site: str, years: int) -> Cases:
        """Entries of a country for a problem."""
        key = code, site, years
        if key not in self._made:
            self._made[key] = self.countries[code].cases(self.told.site(site), years, self.told)
        return self._made[key]

    def judge(self, model: Model, code: str, results: Results) -> None:
        """Add what a country says of a model."""
        about = model.told
        keys = {name: about[name] for name in ("site", "horizon_years", "learner", "trained_in")}
        cases = self.cases(code, about["site"], about["horizon_years"])
        if len(cases):
            log_odds = model.log_odds(cases.values, cases.predictors)
            judge(log_odds, cases, {**keys, "country": code, "evaluation": VALIDATION}, self.told, results)


def validate(
    models: Mapping[str, Mapping[str, Model]], countries: Mapping[str, Country], told: Models
) -> Results:
    """Results of every model in every other country.

    models    of each country, by name
    """
    bench, results = Bench(countries, told), Results()
    for source, own in sorted(models.items()):
        for model in (own[name] for name in sorted(own)):
            for code in sorted(set(countries) - {source}):
                bench.judge(model, code, results)
    return results


def leave_one_out(countries: Mapping[str, Country], month: dt.date, told: Models) -> tuple[Trained, Results]:
    """Models of all countries but one, judged in that one; none with fewer than three countries."""
    bench, results, whole = Bench(countries, told), Results(), Trained()
    if len(countries) < FEWEST_COUNTRIES:
        return whole, results
    for code in sorted(countries):
        others = {other: one for other, one in sorted(countries.items()) if other != code}
        trained = train(others, f"{NOT}{code}", month, told, told.leave_one_out.asks, at_home=False)
        whole.rows.extend(trained.rows)
        whole.covariates.extend(trained.covariates)
        for name, model in trained.models.items():
            whole.models[f"{name}_not_{code}"] = model
            bench.judge(model, code, results)
    return whole, results
