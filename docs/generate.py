"""Write the reference pages that come from code: settings, errors, commands, assets, mapping rules.

Run `python -m docs.generate` after a change; `--check` says what is stale, and changes nothing.
"""

import argparse
import inspect
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import typer
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from rich.console import Console

from benchmarks.suite.history import read as read_history
from benchmarks.suite.page import reference_page
from docs.cohorts import cohorts_page
from docs.disclosure_rules import disclosure_page
from docs.free_text import page_with_measured_table
from docs.mapping_rules import mapping_rules_page
from docs.month_end_chart import month_end_chart
from docs.scale import scale_page
from docs.studies import study_pages
from thin_assets import errors, features
from thin_assets.cdm.records import TOLD, keys_by, record_keys
from thin_assets.cdm.spec import TABLES
from thin_assets.cdm.versions import Change, changes, removed_tables
from thin_assets.cli import app
from thin_assets.definitions import build_definitions
from thin_assets.domain import layout, native
from thin_assets.domain.rooms import ROOMS
from thin_assets.evidence import contract
from thin_assets.evidence.analyses import analyses
from thin_assets.features.catalogue import Analysis, Family
from thin_assets.features.catalogue import catalogue as feature_catalogue
from thin_assets.features.contract import FEATURES
from thin_assets.published.declared.product import products
from thin_assets.raw.omop_contract import MAY_BE_A_KEY, WITHHELD
from thin_assets.settings import PREFIX, Settings
from thin_assets.validated.catalogue import Kind, catalogue, kinds
from thin_assets.validated.thresholds import changed_thresholds, sources

REFERENCE = Path(__file__).parent / "reference"
_NOTE = "<!-- Written by `python -m docs.generate`; change the code instead. -->\n"


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    lines = [
        "# Settings",
        "",
        "Read once, from the environment.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = "the demo vocabulary of the project" if name == "vocabulary" else field.default
        lines.append(f"| `{PREFIX}{name.upper()}` | `{default}` | {field.description} |")
    lines.append(f"| `{PREFIX}SECRET` | | the pseudonym key itself, where no file is wanted |")
    lines.append(
        f"| `{PREFIX}PARQUET_KEY` | | key that raw is encrypted with, 64 hexadecimal digits; default: "
        "home/secrets/parquet.key |"
    )
    lines.append(
        f"| `{PREFIX}PROJECT_KEY_<PROJECT>` | | key of a project's pseudonyms; default: "
        "home/secrets/projects/<project>.key |"
    )
    lines.append(
        f"| `{PREFIX}ALERT_WEBHOOK` | | address that alerts are posted to; default: "
        "home/secrets/alert_webhook; none: to nobody |"
    )
    lines.append(
        f"| `{PREFIX}SMTP_PASSWORD` | | password of the mail server; default: home/secrets/smtp_password |"
    )
    lines.append(
        f"| `{PREFIX}OPENLINEAGE_API_KEY` | | key of the receiver of lineage; default: "
        "home/secrets/openlineage_api_key; none: without |"
    )
    return _NOTE + "\n".join(lines) + "\n"


def errors_page() -> str:
    """The error tree with its exit codes, and what each error means."""
    tree = inspect.getdoc(errors)
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.ThinError)
    ]
    rows = [
        f"| `{kind.__name__}` | {kind.exit_code} | {inspect.getdoc(kind)} |"
        for kind in sorted(kinds, key=_by_code)
    ]
    table = "\n".join(["| error | exit | meaning |", "| --- | --- | --- |", *rows])
    return f"{_NOTE}# Errors\n\n```\n{tree}\n```\n\n{table}\n"


def _by_code(kind: type[errors.ThinError]) -> int:
    return kind.exit_code


def cli_page() -> str:
    """Every command with its help text."""
    root = typer.main.get_command(app)
    parts = [_NOTE, "# Command line\n"]
    for name, command in _leaves(root):
        context = typer.Context(command, info_name=f"thin-assets {name}")
        parts.append(
            f"## {name}\n\n{command.help}\n\n`{command.get_usage(context).removeprefix('Usage: ')}`\n"
        )
        parts.append("| option | default | meaning |\n| --- | --- | --- |")
        parts.extend(_option_rows(command))
        parts.append("")
    return "\n".join(parts)


def _leaves(group: typer.core.TyperGroup, prefix: str = "") -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Every command that does something, groups opened: `maps add`."""
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from _leaves(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _option_rows(command: typer.core.TyperCommand) -> Iterator[str]:
    for option in command.params:
        names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
        default = "required" if option.required else ("" if option.default is None else f"`{option.default}`")
        yield f"| {names} | {default} | {option.help} |"


def assets_page() -> str:
    """Every asset by room: key, what it is, what it reads."""
    graph = build_definitions(Settings()).resolve_asset_graph()
    parts = [_NOTE, "# Assets\n"]
    for room in (*ROOMS, "vocabulary", "operations"):
        nodes = sorted(key for key in graph.get_all_asset_keys() if graph.get(key).group_name == room)
        parts.append(f"## {room}\n\n| asset | what it is | reads |\n| --- | --- | --- |")
        parts.extend(_asset_row(graph, key) for key in nodes)
        parts.append("")
    return "\n".join(parts)


def _asset_row(graph: BaseAssetGraph, key: dg.AssetKey) -> str:
    node = graph.get(key)
    first_line = (node.description or "").strip().split("\n")[0]
    parents = ", ".join(f"`{parent.to_user_string()}`" for parent in sorted(node.parent_keys))
    return f"| `{key.to_user_string()}` | {first_line} | {parents} |"


def layout_page() -> str:
    """The delivery layout, table by table."""
    parts = [_NOTE, "# Delivery layout thin-v1\n", inspect.getdoc(layout), ""]
    for table, columns in layout.all_tables().items():
        parts.append(f"## {table}\n\n| column | type | required | key |\n| --- | --- | --- | --- |")
        parts.extend(
            f"| {column.name} | {column.type} | {'yes' if column.required else ''} | {column.role} |"
            for column in columns
        )
        parts.append("")
    return "\n".join(parts)


def native_layouts_page() -> str:
    """The United Kingdom's own layouts, table by table: where a column stands and what it becomes."""
    parts = [_NOTE, "# The United Kingdom's own layouts\n", inspect.getdoc(native), ""]
    for name in native.NATIVE_LAYOUTS:
        parts.append(f"## {name}\n")
        for table in native.native_tables(name).values():
            example = "a6641" if table.is_of_a_practice else ""
            parts.append(f"### {table.name}: `{native.file_name(table, example)}`\n")
            parts.append("| column | bytes | becomes |\n| --- | --- | --- |")
            parts.extend(_native_row(column) for column in table.columns)
            parts.append("")
    return "\n".join(parts)


def _native_row(column: native.NativeColumn) -> str:
    place = f"{column.start}-{column.end}" if column.start else ""
    return f"| {column.name} | {place} | {column.becomes} |"


def omop_layout_page() -> str:
    """The OMOP layouts: what changed since v5.3, ids told by what stands beside them, what is emptied."""
    names = (*TABLES, *sorted(removed_tables("5.3")))
    ways = ("field_concept_id", "domain_concept_id", "domain_id")
    parts = [
        *(_NOTE, "# Delivery layouts omop-cdm-5.4 and omop-cdm-5.3\n"),
        "Tables and columns are those of [the CDM](cdm.md), vocabulary included; cohorts are left out.\n",
        "## Version 5.3\n\n| table | change | in 5.3 | in 5.4 | where nothing was delivered |",
        *("| --- | --- | --- | --- | --- |",),
        *(_change_row(change) for name in names for change in changes("5.3", name)),
        "\n## Ids whose kind stands beside them\n\n| table | id | told by | as |\n| --- | --- | --- | --- |",
        *(
            f"| {table} | {one.column} | {one.beside} | {one.by} |"
            for table, told in TOLD.items()
            for one in told
        ),
        f"\n| id | {' | '.join(ways)} |\n| --- | --- | --- | --- |",
        *(f"| {key} | {' | '.join(_ways(key, way) for way in ways)} |" for key in record_keys()),
        "\n## Emptied in raw\n\n| table | columns |\n| --- | --- |",
        *(f"| {table} | {', '.join(columns)} |" for table, columns in WITHHELD.items()),
        *(f"| {table} | {column}, where it is a key |" for table, column in MAY_BE_A_KEY.items()),
    ]
    return "\n".join([*parts, ""])


def _change_row(change: Change) -> str:
    otherwise = f"`{change.otherwise}`" if change.otherwise else ""
    return f"| {change.table} | {change.change} | {change.before} | {change.after} | {otherwise} |"


def _ways(key: str, way: str) -> str:
    return ", ".join(name for name, of in keys_by(way).items() if of == key)


def products_page() -> str:
    """Every published product: grain, columns, types and meaning."""
    parts = [_NOTE, "# Products\n"]
    for product in products().values():
        parts.append(f"## {product.name}\n\n{product.description}\n\nGrain: {product.grain}.\n")
        if not product.columns:
            continue
        parts.append("| column | type | may be null | meaning |\n| --- | --- | --- | --- |")
        parts.extend(
            f"| {column.name} | {column.type} | {'yes' if column.nullable else ''} | {column.description} |"
            for column in product.columns
        )
        parts.append("")
    return "\n".join(parts)


def data_quality_page() -> str:
    """Every kind of data-quality check, its default tolerances, and every threshold that was changed."""
    total = len(catalogue())
    parts = [
        _NOTE,
        "# Data-quality checks\n",
        f"{total:,} checks of {len(kinds())} kinds on a build;"
        " see [data quality](../explanation/data-quality.md) for how to read them. Tolerated: the percentage"
        " of violations that a check bears by default, and how many checks bear it.\n",
        "| kind | level | category | checks | tolerated % | what violates it |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_kind_row(kind) for kind in kinds().values()),
        "\n## Where one fails\n",
        "The same words stand beside the check in Dagster, and below `thin-assets quality`.\n",
        "| kinds | what to do |",
        "| --- | --- |",
        *_remedy_rows(),
        "\n## Changed thresholds\n",
        "A threshold differs from the default only with a reason; see"
        " [how to change one](../how-to/change-a-threshold.md).\n",
        "| delivery | check | on | default % | tolerated % | reason |",
        "| --- | --- | --- | --- | --- | --- |",
        *_changed_rows(),
    ]
    return "\n".join(parts) + "\n"


def _kind_row(kind: Kind) -> str:
    bears = Counter(check.threshold for check in catalogue() if check.kind is kind)
    tolerated = ", ".join(f"{percent:g} ({count})" for percent, count in sorted(bears.items()))
    category = " / ".join(word for word in (kind.category, kind.subcategory) if word)
    name = kind.name if kind.origin == "OHDSI" else f"{kind.name} (ours)"
    return f"| {name} | {kind.level} | {category} | {bears.total()} | {tolerated} | {kind.description} |"


def _remedy_rows() -> Iterator[str]:
    for remedy in dict.fromkeys(kind.remedy for kind in kinds().values()):
        named = dict.fromkeys(kind.name for kind in kinds().values() if kind.remedy == remedy)
        yield f"| {', '.join(named)} | {remedy} |"


def _changed_rows() -> Iterator[str]:
    for source in sources():
        for check, changed in changed_thresholds(source).items():
            concept = "" if check.concept_id is None else f" {check.concept_id}"
            on = ".".join(word for word in (check.table, check.field) if word) + concept
            yield (
                f"| {source} | {check.name} | {on} | {check.threshold:g} | {changed.percent:g} |"
                f" {changed.reason} |"
            )


def analyses_page() -> str:
    """Every analysis of a profile with its strata."""
    parts = [_NOTE, "# Analyses of a profile\n", inspect.getdoc(contract), ""]
    parts.append("| id | what it counts | by | kind |\n| --- | --- | --- | --- |")
    parts.extend(
        f"| {one.id} | {one.name} | {', '.join(one.strata)} |"
        f" {'distribution' if one.is_distribution else 'count'} |"
        for one in analyses().values()
    )
    for model in (contract.AchillesResults, contract.AchillesResultsDist):
        parts.append(f"\n## {model.__name__}\n\n{inspect.getdoc(model)}\n")
        parts.append("| column | type | may be null | meaning |\n| --- | --- | --- | --- |")
        parts.extend(
            f"| {name} | {column.dtype} | {'yes' if column.nullable else ''} | {column.description} |"
            for name, column in model.to_schema().columns.items()
        )
    return "\n".join(parts) + "\n"


def features_page() -> str:
    """The catalogue of features: families with their analyses, and the columns of the tables."""
    told = feature_catalogue()
    parts = [_NOTE, "# Features\n", f"{inspect.getdoc(features)}\n"]
    parts.append("See [how to add one](../how-to/add-a-feature.md) and")
    parts.append("[how features know no future](../explanation/features.md).\n")
    parts.append("| id | analysis | family | window, days | stands for | value | missing is 0 |")
    parts.append("| --- | --- | --- | --- | --- | --- | --- |")
    parts.extend(_analysis_row(*pair) for pair in told.analyses().values())
    parts.append("\n## Families\n\n| family | reads | what it is |\n| --- | --- | --- |")
    parts.extend(f"| {one.name} | {one.events} | {one.description} |" for one in told.families)
    parts.append("\n## features_long\n\n| column | type | may be null | meaning |\n| --- | --- | --- | --- |")
    parts.extend(
        f"| {name} | {kind} | {'yes' if nullable else ''} | {meaning} |"
        for name, (kind, nullable, meaning) in FEATURES.items()
    )
    parts.append("\n## Populations\n\n| population | entries of | outcome |\n| --- | --- | --- |")
    parts.extend(
        f"| {one.name} | cohorts/{one.cohort}{'_matched' if one.matched else ''} |"
        f" {', '.join(map(str, one.outcome))} |"
        for one in told.populations
    )
    return "\n".join(parts) + "\n"


def _analysis_row(family: Family, analysis: Analysis) -> str:
    window = f"{-analysis.days if analysis.days else 'ever'} to {-1 - analysis.lag}"
    value = family.measure if family.unit is None else f"{family.measure}, {family.unit}"
    missing = "yes" if family.missing_means_zero else ""
    return (
        f"| {analysis.id} | {analysis.name} | {family.name} | {window} | {family.rollup} |"
        f" {value} | {missing} |"
    )


PAGES = {
    "settings.md": settings_page,
    "errors.md": errors_page,
    "cli.md": cli_page,
    "assets.md": assets_page,
    "delivery-layout.md": layout_page,
    "uk-layouts.md": native_layouts_page,
    "omop-layout.md": omop_layout_page,
    "products.md": products_page,
    "disclosure-rules.md": lambda: _NOTE + disclosure_page(),
    "features.md": features_page,
    "analyses.md": analyses_page,
    "cohorts.md": lambda: _NOTE + cohorts_page(),
    "mapping-rules.md": lambda: _NOTE + mapping_rules_page(),
    "data-quality-checks.md": data_quality_page,
    "benchmarks.md": lambda: _NOTE + reference_page(read_history()),
    "../explanation/free-text.md": page_with_measured_table,
    "../explanation/scale.md": lambda: _NOTE + scale_page(),
    "../images/month-end.svg": month_end_chart,
    **{name: lambda page=page: _NOTE + page() for name, page in study_pages().items()},
}


def stale_pages() -> list[Path]:
    """Pages whose file differs from what the code says."""
    return [
        REFERENCE / name
        for name, page in PAGES.items()
        if not (REFERENCE / name).is_file() or (REFERENCE / name).read_text(encoding="utf-8") != page()
    ]


def main() -> None:
    """Write the pages, or with `--check` only tell which are stale (exit 1)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a page is stale")
    if parser.parse_args().check:
        if stale := stale_pages():
            names = ", ".join(path.name for path in stale)
            Console(stderr=True).print(f"stale: {names}; run `python -m docs.generate`")
            sys.exit(1)
        return
    (REFERENCE / "studies").mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
