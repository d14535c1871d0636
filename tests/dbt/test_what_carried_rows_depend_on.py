"""The premises of decision 39, read from the project itself: a model that breaks them fails here."""

import json
from functools import cache

from thin_assets.resources.dbt import prepare_manifest

TEXT = {"int_texts_screened", "int_mentions"}
"""Of deliveries without free text these have no row; of others nothing is carried."""

DECIDES = "int_persons_carried"


@cache
def manifest() -> dict:
    return json.loads(prepare_manifest().read_text(encoding="utf-8"))


def parents(model: str) -> set[str]:
    """What a model reads: models and seeds by name, sources as `vocabulary.concept`."""
    return {_name(node) for node in manifest()["parent_map"][f"model.thin_omop.{model}"]}


def _name(node: str) -> str:
    return node.partition(".thin_omop.")[2]


def carried() -> set[str]:
    """Models whose rows are taken over from the month before."""
    return {
        node["name"] for node in manifest()["nodes"].values() if node["config"].get("meta", {}).get("carried")
    }


def hashed() -> set[str]:
    """Models whose rows are compared with the month before: by person, or by code for everybody."""
    return parents("int_person_digests") | parents("int_codes_digested")


def built_from(models: set[str]) -> tuple[set[str], set[str]]:
    """Models between the carried ones and what is compared; and where else the way up ends."""
    between, ends, waiting = set(), set(), set(models)
    while waiting:
        model = waiting.pop()
        between.add(model)
        for parent in parents(model) - hashed() - TEXT - {DECIDES} - between:
            is_model = f"model.thin_omop.{parent}" in manifest()["parent_map"]
            (waiting if is_model else ends).add(parent)
    return between, ends


def test_carried_rows_are_built_from_what_is_compared_and_from_vocabulary_and_seeds():
    """Nothing else of a delivery reaches them: no raw table, no staged row that is not hashed."""
    _, ends = built_from(carried())
    seeds = {node["name"] for node in manifest()["nodes"].values() if node["resource_type"] == "seed"}
    assert {end for end in ends if not end.startswith("vocabulary.")} - seeds == set()


def test_the_cut_off_reaches_carried_rows_through_the_end_of_a_diagnosis_alone():
    """Which is hashed as it is shown; the day on which a delivery was written reaches none."""
    between, _ = built_from(carried())
    readers = {
        macro: {
            model
            for model in between
            if f"macro.thin_omop.{macro}"
            in manifest()["nodes"][f"model.thin_omop.{model}"]["depends_on"]["macros"]
        }
        for macro in ("cutoff", "generated_on", "partition_text")
    }
    assert readers == {"cutoff": {"int_diagnoses_built"}, "generated_on": set(), "partition_text": set()}


def test_every_table_of_persons_is_carried_or_built_for_everybody():
    """A table that is neither would lack the persons who are not built here."""
    everybody = {
        # from persons and practices, for everybody
        *("observation_period", "death"),
        # from tables that hold everybody already
        "episode",
        # from free text, without rows wherever something is carried
        "note",
        "payer_plan_period",
    }
    of_persons = {
        node["name"]
        for node in manifest()["nodes"].values()
        if node["fqn"][1] == "omop" and "person_id" in node["columns"]
    }
    assert of_persons - everybody == {model for model in carried() if not model.startswith("int_")}


def test_no_model_reads_rows_of_built_persons_alone_but_carried_ones():
    """What is counted over all is read from tables that hold all: everything below is carried, or text."""
    below, waiting = set(), {"int_persons_built"}
    while waiting:
        model = waiting.pop()
        children = manifest()["child_map"][f"model.thin_omop.{model}"]
        found = {_name(child) for child in children if child.startswith("model.")} - below
        below |= found
        waiting |= found - carried()
    outside = {model for model in below if not model.startswith("int_")} - carried()
    assert outside == {"note", "note_nlp"}
