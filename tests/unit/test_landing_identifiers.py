"""Columns that could name a person are recognised in seven languages; those of the layout are not."""

import pytest

from thin_assets.cdm import spec
from thin_assets.domain import layout
from thin_assets.landing.identifiers import identifier_kind


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("name", "surname FirstName patient_name NOM prénom apellidos cognome Nachname achternaam nume"),
        ("address", "address home_address adresse dirección indirizzo Anschrift straat adresă"),
        ("postcode", "postcode POST_CODE code_postal código_postal PLZ zip"),
        ("telephone", "phone telephone_number téléphone móvil cellulare Handy gsm"),
        ("e-mail", "email e_mail patientEmail courriel"),
        ("national number", "nhs_number NIR dni codice_fiscale Versichertennummer rijksregisternummer cnp"),
        (
            "date of birth",
            "dob date_of_birth birthDate date_de_naissance Geburtsdatum geboortedatum data_nasterii",
        ),
    ],
)
def test_identifiers_are_recognised_as_they_are_usually_written(kind, columns):
    assert {column: identifier_kind(column) for column in columns.split()} == dict.fromkeys(
        columns.split(), kind
    )


def test_no_column_of_the_delivery_layout_looks_like_an_identifier():
    columns = {name for table in layout.tables() for name in layout.column_names(table)}
    assert {name for name in columns if identifier_kind(name)} == set()


def test_a_whole_header_read_with_the_wrong_delimiter_is_not_taken_for_an_identifier():
    """Else a semicolon would be reported as a breach of privacy."""
    headers = {table: ";".join(layout.column_names(table)) for table in layout.tables()}
    assert {table for table, header in headers.items() if identifier_kind(header)} == set()


def test_the_cdm_has_columns_for_identifiers_and_raw_withholds_every_one():
    from thin_assets.raw.omop_contract import KEYED, WITHHELD

    people_and_places = ("person", "location", "provider", "care_site", "death")
    found = {
        (table, name)
        for table in people_and_places
        for name in spec.table(table).columns
        if identifier_kind(name)
    }
    covered = {(table, name) for table, names in WITHHELD.items() for name in names}
    assert found <= covered | {(table, key.name) for table, key in KEYED.items()}
