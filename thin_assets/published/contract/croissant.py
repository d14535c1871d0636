"""A published table in the Croissant vocabulary (JSON-LD): what tools of machine learning load it by.

The files listed are those of the current version, each with its sha256; country and snapshot are read from
their paths, for Delta Lake keeps the values of partitions there.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from deltalake import DeltaTable

from thin_assets.published.declared.product import PARTITIONED_BY, Column, Product
from thin_assets.published.declared.shelf import Shelf
from thin_assets.published.writing.commits import data_files, partitions
from thin_assets.resources.files import locked, read_json, write_json
from thin_assets.resources.tables import open_table, read_file

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
FILES, ROWS = "files", "rows"

_TYPES = {
    "string": "sc:Text",
    "date": "sc:Date",
    "boolean": "sc:Boolean",
    "int32": "cr:Int32",
    "int64": "cr:Int64",
    "float64": "cr:Float64",
}

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the standard asks for, word for word."""

_FROM_PATH = {"country": ".*country=([A-Z]{2})", "snapshot": r".*snapshot=(\d{4}-\d{2}-\d{2})"}


def write_croissant(shelf: Shelf) -> None:
    """Describe the current version of a product's table, beside it; replaced under a lock, so that the last
    writer describes all that others committed.
    """
    with locked(shelf.croissant):
        write_json(shelf.croissant, croissant_of(shelf))


def croissant_of(shelf: Shelf) -> dict:
    """The description as JSON-LD; the same version of a table gives the same description."""
    product, table = shelf.product, open_table(shelf.table)
    held = partitions(shelf.table, table.version())
    newest = max((commit.at for commit in held.values()), default=None)
    files = list(_files(shelf, table))
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": product.name,
        "description": f"{product.title}. {product.description}",
        "version": product.version,
        "license": product.license,
        "citeAs": cite_as(product),
        "creator": {"@type": "sc:Organization", "name": product.owner},
        "url": f"{product.zone}/{product.name}",
        "keywords": ["primary care", "OMOP", product.kind.replace("_", " "), *_countries(held)],
        "isLiveDataset": True,
        "distribution": [*files, _file_set([one["contentUrl"] for one in files] or ["*.parquet"])],
        "recordSet": [_record_set(product)],
    }
    return told | ({"datePublished": newest.date().isoformat()} if newest else {})


def cite_as(product: Product) -> str:
    """How a table is cited, as BibTeX; a release is named by whoever cites one."""
    return (
        f"@misc{{{product.name}, title = {{{product.title}}}, author = {{{{{product.owner}}}}}, "
        f"version = {{{product.version}}}, howpublished = {{data product {product.name}}}}}"
    )


def _countries(held: dict) -> list[str]:
    return sorted({snapshot.country for snapshot in held})


def _files(shelf: Shelf, table: DeltaTable) -> Iterator[dict]:
    """The files of the current version. A file never changes: what was hashed before is not hashed again."""
    before = read_json(shelf.croissant) or {"distribution": []}
    known = {one.get("contentUrl"): one.get("sha256") for one in before["distribution"]}
    paths = sorted(map(Path, data_files(table)))
    for path in paths:
        url = (Path(shelf.table.name) / path).as_posix()
        yield {
            "@type": "cr:FileObject",
            "@id": url,
            "name": path.name,
            "contentUrl": url,
            "encodingFormat": "application/x-parquet",
            "sha256": known.get(url) or sha256(read_file(shelf.table, path.as_posix())).hexdigest(),
        }


def _file_set(paths: list[str]) -> dict:
    return {
        "@type": "cr:FileSet",
        "@id": FILES,
        "name": FILES,
        "description": "Parquet files of the current version, of all countries and months.",
        "encodingFormat": "application/x-parquet",
        "includes": paths,
    }


def _record_set(product: Product) -> dict:
    told = {
        "@type": "cr:RecordSet",
        "@id": ROWS,
        "name": ROWS,
        "description": f"{product.grain[0].upper()}{product.grain[1:]}.",
        "field": [_field(column) for column in product.columns],
    }
    return told | ({"key": [{"@id": f"{ROWS}/{name}"} for name in product.unique]} if product.unique else {})


def _field(column: Column) -> dict:
    source: dict = {"fileSet": {"@id": FILES}}
    if column.name in PARTITIONED_BY:
        source |= {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": _FROM_PATH[column.name]}}
    else:
        source |= {"extract": {"column": column.name}}
    return {
        "@type": "cr:Field",
        "@id": f"{ROWS}/{column.name}",
        "name": column.name,
        "description": _described(column),
        "dataType": _TYPES[column.type],
        "source": source,
    }


def _described(column: Column) -> str:
    """Meaning, unit and what an absent value says, for the vocabulary has no words for the last two."""
    unit = f"; unit: {column.unit}" if column.unit else ""
    absent = f"; absent: {column.null_means}" if column.null_means else ""
    return f"{column.description}{unit}{absent}"
