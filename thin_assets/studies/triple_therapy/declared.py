"""The words and numbers of the study, as `therapy.yaml` has them."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

ONE, SEVERAL = "one_device", "several_devices"
ARMS = (ONE, SEVERAL)
CLASSES = ("steroid", "beta_agonist", "antimuscarinic")


@dataclass(frozen=True)
class Declared:
    """What the study means; see `therapy.yaml`.

    together_days    classes recorded within so many days are taken together
    before_days      how far back a new user was without triple therapy; asthma counts whenever recorded
    prior_days       what was in supply within so many days before the index is the therapy before
    episode_days     an exacerbation within so many days of the one before is the same
    gaps             days without supply that end a therapy; `main_gap` is that of the main analysis
    grid_days        step of the curves, up to `until_days`
    mean_days        restricted means and adherence are within so many days
    hazard_days      hazard ratios are of so many days: they are an average where hazards are not proportional
    """

    classes: dict[str, list[str]]
    add_ons: list[str]
    systemic_steroids: list[str]
    local: list[str]
    other_forms: list[str]
    inhaled_routes: list[str]
    dispensed: list[str]
    given: list[str]
    asthma: int
    exacerbation: int
    general_practice: list[int]
    no_specialty: list[int]
    together_days: int
    before_days: int
    prior_days: int
    episode_days: int
    gaps: list[int]
    main_gap: int
    grid_days: int
    until_days: int
    mean_days: int
    hazard_days: int

    @property
    def grid(self) -> range:
        """Days on which curves are told."""
        return range(0, self.until_days + 1, self.grid_days)


@cache
def declared() -> Declared:
    """As the file of the study has it."""
    text = files("thin_assets.studies.triple_therapy").joinpath("therapy.yaml").read_text(encoding="utf-8")
    return Declared(**yaml.safe_load(text))
