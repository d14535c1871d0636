"""Lineage of columns: complete, made of fields that exist, and drawn so that every edge leads downwards."""

import re

import pytest

from tests.products import LUNG
from thin_assets.cdm.spec import table
from thin_assets.domain.layout import all_tables
from thin_assets.published.catalogue.lineage_picture import draw_graph
from thin_assets.published.declared.lineage import COHORT, PARTITION, delivered_of, graph_of, origins
from thin_assets.published.declared.product import products

TABLES = [product for product in products().values() if product.columns]


@pytest.mark.parametrize("product", TABLES, ids=lambda product: product.name)
def test_the_lineage_of_every_column_is_declared(product: object) -> None:
    assert [origin.column for origin in origins(product) if origin.how is None] == []


@pytest.mark.parametrize("product", TABLES, ids=lambda product: product.name)
def test_every_field_that_a_column_reads_exists(product: object) -> None:
    cohort = {field.name for field in table("cohort").fields}
    for origin in origins(product):
        for name, column in origin.reads:
            if name == PARTITION:
                assert column in ("country", "snapshot", "build")
            else:
                known = cohort if name == COHORT else {field.name for field in table(name).fields}
                assert column in known, (origin.column, name, column)


def test_every_delivered_column_exists_and_belongs_to_a_field_of_the_cdm() -> None:
    found = delivered_of()
    assert len(found) > 100
    for (name, field), sources in found.items():
        assert field in {one.name for one in table(name).fields}
        for source, column in sources:
            assert column in {one.name for one in all_tables()[source]}, (name, field, source, column)


@pytest.mark.parametrize(
    ("field", "sources"),
    [
        (("person", "year_of_birth"), {("patient", "yob")}),
        (("person", "gender_concept_id"), {("patient", "sex")}),
        (("visit_occurrence", "visit_start_date"), {("consult", "eventdate")}),
        (("measurement", "value_as_number"), {("ahd", "data1"), ("ahd", "data2")}),
        (("drug_exposure", "drug_concept_id"), {("therapy", "drugcode"), ("dispense", "cip13")}),
        (("condition_occurrence", "condition_concept_id"), {("medical", "medcode")}),
    ],
)
def test_delivered_columns_are_those_that_the_mapping_rules_name(field: tuple, sources: set) -> None:
    assert sources <= set(delivered_of()[field])


def test_what_is_delivered_for_nobody_has_no_origin() -> None:
    assert ("person", "race_concept_id") not in delivered_of()
    assert ("care_site", "care_site_name") not in delivered_of()


def test_the_origin_of_a_value_leads_back_to_the_delivery() -> None:
    value = next(origin for origin in origins(LUNG) if origin.column == "value")
    assert ("measurement", "value_as_number") in value.reads
    assert ("ahd", "data1") in value.delivered


@pytest.mark.parametrize("product", products().values(), ids=lambda product: product.name)
def test_every_edge_of_the_picture_leads_downwards(product: object) -> None:
    graph = graph_of(product)
    layer = {name: number for number, (_, tables) in enumerate(graph.layers) for name in tables}
    assert graph.edges
    assert all(layer[source] < layer[target] for source, target in graph.edges)
    drawn = draw_graph("a picture", graph)
    assert drawn.count('class="edge"') == len(graph.edges)
    assert drawn.count('class="box"') == len(layer)


@pytest.mark.parametrize("product", products().values(), ids=lambda product: product.name)
def test_no_box_stands_outside_the_picture_or_over_another(product: object) -> None:
    drawn = draw_graph("a picture", graph_of(product))
    boxes = [
        tuple(map(float, found))
        for found in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', drawn)
    ]
    height = float(re.search(r'viewBox="0 0 420 ([\d.]+)"', drawn)[1])
    for number, (x, y, wide, tall) in enumerate(boxes):
        assert x >= 0 and x + wide <= 420 and y + tall <= height
        for left, top, other_wide, other_tall in boxes[:number]:
            assert x >= left + other_wide or left >= x + wide or y >= top + other_tall or top >= y + tall
