"""Pages of the catalogue about features: the dictionary, and one feature."""

from thin_assets.pages import figures
from thin_assets.pages.frame import Section, paragraph, together
from thin_assets.pages.markup import Html, tag
from thin_assets.pages.tables import columns, table
from thin_assets.published.catalogue.pages import catalogue_page, search_box
from thin_assets.published.catalogue.search_index import Index


def draw_features(index: Index) -> str:
    """The dictionary of features: searched by the page's script, analyses as a table for everybody."""
    text = paragraph(
        f"{index.features.height:,} covariates that at least ten persons have in a newest partition. A "
        "covariate is a concept seen through an analysis: what is counted, in which window before the index."
    )
    picks = tag("div", _pick("domain", "Domain"), _pick("country", "Country"), class_="picks")
    parts = [
        Section("find", "Find a feature", together(picks, search_box("Name, concept, code or id"))),
        Section("analyses", "Analyses", _analyses(index)),
    ]
    return catalogue_page("features.html", "Dictionary of features", text, parts)


def _pick(name: str, label: str) -> Html:
    return tag("label", label, " ", tag("select", tag("option", "all", value=""), id=name))


def _analyses(index: Index) -> Html:
    counts = dict(index.features.group_by("analysis_id").len().iter_rows())
    rows = [
        (
            Html(f"{one['analysis_id']} " + tag("span", one["analysis_name"], class_="soft")),
            one["description"],
            window(one["start_day"], one["end_day"]),
            one["unit"] or figures.NOTHING,
            "zero" if one["missing_means_zero"] else "unknown",
            f"{counts.get(one['analysis_id'], 0):,}",
        )
        for one in index.analyses.iter_rows(named=True)
    ]
    if not rows:
        return paragraph("No feature may be shown yet: of each, fewer than ten persons have it.")
    heads = columns(
        "analysis", "what it tells", "days from the index", "unit", "a missing row is", "#features"
    )
    return table(heads, rows, "Analyses of the features that are shown")


def window(first: int | None, last: int | None) -> str:
    """A window in days from the index date.

    >>> window(-365, -1), window(None, -91)
    ('−365 to −1', 'ever to −91')
    """
    start = "ever" if first is None else figures.number(first)
    return f"{start} to {figures.number(last)}"


def draw_feature() -> str:
    """The page of one feature: the script fills it with the covariate that the address names."""
    body = together(
        tag("div", paragraph("Which feature? Its id stands behind # in the address."), id="feature"),
        tag(
            "noscript",
            paragraph("This page needs JavaScript; the features are listed in each product's table."),
        ),
    )
    return catalogue_page("feature.html", "Feature", paragraph(), [Section("about", "About it", body)])
