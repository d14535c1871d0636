"""Column names under which a person could be named: refused at the door, in the seven languages we receive.

Rule: direct identifiers are removed before collection (name, address, postcode, telephone, e-mail, national
number, full date of birth). Only names of columns are judged; no value is read.
"""

import re
import unicodedata

WORDS: dict[str, str] = {
    "name": """name surname forename firstname lastname fullname maidenname initials
        nom prenom patronyme nombre apellido apellidos nome cognome
        vorname nachname familienname geburtsname naam voornaam achternaam familienaam nume prenume""",
    "address": """address street housenumber adresse rue domicile direccion domicilio calle indirizzo
        strasse anschrift hausnummer adres straat huisnummer adresa strada""",
    "postcode": """postcode postalcode zip zipcode codepostal codigopostal codicepostale cap plz postleitzahl
        codpostal""",
    "telephone": """phone telephone phonenumber mobile fax tel portable telefono movil cellulare telefon handy
        telefoon gsm mobil""",
    "e-mail": "email mail emailaddress courriel mel correo correoelectronico emailadres",
    "national number": """nhs nhsno nhsnumber chi nationalid nationalnumber ssn socialsecuritynumber passport
        nir insi numerosecuritesociale numsecu dni nie nif nuss codicefiscale cf tesserasanitaria
        kvnr versichertennummer sozialversicherungsnummer svnr rijksregisternummer insz niss bsn
        cnp codnumericpersonal""",
    "date of birth": """dob dateofbirth birthdate birthday birthdatetime datenaissance datedenaissance ddn
        fechanacimiento fechadenacimiento datanascita datadinascita geburtsdatum geburtstag gebdat
        geboortedatum datanasterii datanastere""",
}

_KIND_OF = {word: kind for kind, words in WORDS.items() for word in words.split()}
_LONG = 6
"""Words of so many letters are also recognised inside a longer name."""

_WORDS_IN_A_NAME = 6
"""A longer one is a whole header read with the wrong delimiter."""

_OWNERS = ("patients", "patient", "pat", "persons", "person", "pers")


def identifier_kind(column: str) -> str | None:
    """What a column of this name would tell about a person, or None.

    >>> identifier_kind("Patient_Surname"), identifier_kind("codicefiscale"), identifier_kind("drugcode")
    ('name', 'national number', None)
    """
    tokens = _tokens(column)[:_WORDS_IN_A_NAME]
    joined = "".join(tokens)
    for word in (*tokens, joined, *(joined.removeprefix(owner) for owner in _OWNERS)):
        if word in _KIND_OF:
            return _KIND_OF[word]
    return next((kind for word, kind in _KIND_OF.items() if len(word) >= _LONG and word in joined), None)


def _tokens(column: str) -> list[str]:
    """Lower-case words of a name without accents: `dateNaissance` and `DATE_NAISSANCE` agree."""
    plain = unicodedata.normalize("NFKD", column.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)
    return re.findall(r"[a-z0-9]+", apart.lower())
