"""A vocabulary of a few dozen concepts, small enough to be read, for builds of hand-written rows."""

from pathlib import Path

import duckdb
import pyarrow as pa

from tests.spec.ascii_table import rows_of

CONCEPTS = """
    id       | domain      | vocabulary     | class       | standard | code        | name
    ---------+-------------+----------------+-------------+----------+-------------+----------------------------
    320128   | Condition   | SNOMED         | Disorder    | S        | 59621000    | Essential hypertension
    201826   | Condition   | SNOMED         | Disorder    | S        | 44054006    | Type 2 diabetes
    435216   | Condition   | SNOMED         | Disorder    | S        | 420868002   | Diabetic nephropathy
    4112343  | Condition   | SNOMED         | Disorder    | S        | 195662009   | Acute viral pharyngitis
    4082735  | Procedure   | SNOMED         | Procedure   | S        | 269911007   | Sputum examination
    4167217  | Observation | SNOMED         | Finding     | S        | 416471007   | Family history
    1340204  | Observation | OMOP Extension | Finding     | S        | OMOP5165859 | History of event
    4298794  | Observation | SNOMED         | Finding     | S        | 77176002    | Smoker
    4310250  | Observation | SNOMED         | Finding     | S        | 8517006     | Ex-smoker
    4144272  | Observation | SNOMED         | Finding     | S        | 266919005   | Never smoked tobacco
    43054909 | Observation | LOINC          | Observation | S        | 72166-2     | Tobacco smoking status
    3004249  | Measurement | LOINC          | Test        | S        | 8480-6      | Systolic
    3012888  | Measurement | LOINC          | Test        | S        | 8462-4      | Diastolic
    3025315  | Measurement | LOINC          | Test        | S        | 29463-7     | Weight
    3038553  | Measurement | LOINC          | Test        | S        | 39156-5     | Body mass index
    3000963  | Measurement | LOINC          | Test        | S        | 718-7       | Haemoglobin
    8713     | Unit        | UCUM           | Unit        | S        | g/dL        | gram per decilitre
    9202     | Visit       | Visit          | Visit       | S        | OP          | Outpatient
    5083     | Visit       | CMS Place      | Visit       | S        | 02          | Telehealth
    38004446 | Provider    | Medicare       | Specialty   | S        | 1           | General practice
    38004487 | Provider    | Medicare       | Specialty   | S        | 50          | Nurse practitioner
    1503297  | Drug        | RxNorm         | Ingredient  | S        | 6809        | metformin
    1308216  | Drug        | RxNorm         | Ingredient  | S        | 29046       | lisinopril
    974166   | Drug        | RxNorm         | Ingredient  | S        | 5487        | hydrochlorothiazide
    40163924 | Drug        | RxNorm         | Drug        | S        | 861007      | metformin 500 MG
    40213154 | Drug        | CVX            | CVX         | S        | 88          | influenza vaccine
    21600747 | Drug        | ATC            | ATC 5th     |          | A10BA02     | metformin
    21601801 | Drug        | ATC            | ATC 5th     |          | C09BA03     | lisinopril, diuretics
    38004451 | Provider    | Medicare       | Specialty   | S        | 6           | Cardiology
    4132161  | Route       | SNOMED         | Qualifier   | S        | 26643006    | Oral
    37000001 | Drug        | dm+d           | AMP         |          | 4400        | metformin 500mg tablets
    4055224  | Condition   | SNOMED         | Disorder    | S        | 195967001   | Asthma
    437663   | Condition   | SNOMED         | Finding     | S        | 386661006   | Fever
    45513853 | Condition   | Read           | Read        |          | H33..00     | Asthma
    45420306 | Condition   | Read           | Read        |          | h33..00     | Fever of another kind
    44820692 | Condition   | ICD9CM         | ICD9CM code |          | 401.9       | Hypertension
    44826654 | Condition   | ICD9CM         | ICD9CM code |          | E849.0      | Place of accident
    1567972  | Condition   | ICD10CM        | ICD10CM     |          | E11.9       | Type 2 diabetes
    42000001 | Condition   | ICPC2          | ICPC2       |          | K86         | Hypertension
    42000002 | Condition   | ICD10GM        | ICD10GM     |          | J45.9       | Asthma
    42000003 | Condition   | CIM10          | CIM10       |          | J45.9       | Asthme
    37000002 | Drug        | GRR            | Product     |          | 01234567    | metformin Tabletten
    37000003 | Drug        | BDPM           | Product     |          | 3400930000019 | metformine
    21601386 | Drug        | ATC            | ATC 5th     |          | C09AA03     | lisinopril
    40165636 | Drug        | RxNorm         | Drug        | S        | 311354      | lisinopril 5 MG
    45591453 | Condition   | ICD10          | ICD10 code  |          | I10         | Essential hypertension
    45571656 | Condition   | ICD10          | ICD10 code  |          | E11.9       | Type 2 diabetes
    45605401 | Condition   | ICD10          | ICD10 code  |          | E11.2       | T2D, renal complication
    45448966 | Condition   | Read           | Read        |          | G20..00     | Essential hypertension
    258369   | Condition   | SNOMED         | Disorder    | S        | 93880001    | Primary cancer of lung
    4112853  | Condition   | SNOMED         | Disorder    | S        | 254837009   | Cancer of breast
    198700   | Condition   | SNOMED         | Disorder    | S        | 94381002    | Secondary cancer of liver
    45552263 | Condition   | ICD10          | ICD10 code  |          | C34.9       | Cancer of lung
    45600566 | Condition   | ICD10          | ICD10 code  |          | C50.9       | Cancer of breast
    45571496 | Condition   | ICD10          | ICD10 code  |          | C78.7       | Secondary cancer of liver
    1348265  | Drug        | RxNorm         | Ingredient  | S        | 84857       | anastrozole
    1325363  | Drug        | RxNorm         | Ingredient  | S        | 337525      | erlotinib
    1549786  | Drug        | RxNorm         | Ingredient  | S        | 4124        | ethinyl estradiol
    21603850 | Drug        | ATC            | ATC 5th     |          | L02BG03     | anastrozole
    21603753 | Drug        | ATC            | ATC 5th     |          | L01EB02     | erlotinib
    21603820 | Drug        | ATC            | ATC 5th     |          | L02AA03     | ethinylestradiol
    21602490 | Drug        | ATC            | ATC 5th     |          | G03CA01     | ethinylestradiol
    4224372  | Device      | SNOMED         | Object      | S        | 337414009   | Glucometer
    4046280  | Specimen    | SNOMED         | Specimen    | S        | 122575003   | Urine specimen
    254761   | Condition   | SNOMED         | Finding     | S        | 49727002    | Cough
    317009   | Condition   | SNOMED         | Disorder    | S        | 195967001   | Asthma
    443388   | Condition   | SNOMED         | Disorder    | S        | 363358000   | Cancer of lung
    4223659  | Observation | SNOMED         | Finding     | S        | 84229001    | Fatigue
    4180186  | Language    | SNOMED         | Qualifier   | S        | 297487008   | English language
"""

MAPS = """
    concept  | maps to
    ---------+---------
    45591453 | 320128
    45571656 | 201826
    45605401 | 201826
    45605401 | 435216
    45448966 | 320128
    45513853 | 4055224
    45420306 | 437663
    44820692 | 320128
    44826654 | 437663
    1567972  | 201826
    42000001 | 320128
    42000002 | 4055224
    42000003 | 4055224
    37000002 | 40163924
    37000003 | 40163924
    37000001 | 40163924
    21600747 | 1503297
    21601801 | 1308216
    21601801 | 974166
    45552263 | 258369
    45600566 | 4112853
    45571496 | 198700
    21603850 | 1348265
    21603753 | 1325363
    21603820 | 1549786
"""

ANCESTORS = """
    ancestor | descendant
    ---------+-----------
    1503297  | 40163924
    1503297  | 1503297
    21603850 | 1348265
    21603753 | 1325363
    21603820 | 1549786
    21602490 | 1549786
    21601386 | 1308216
    21601386 | 40165636
    1308216  | 40165636
"""

OWN_MAPS = """
    vocabulary          | code       | target
    --------------------+------------+---------
    THINLIKE_AHD        | 1005010500 | 3012888
    THINLIKE_AHD        | 1005010500 | 3004249
    THINLIKE_AHD        | 1005010200 | 3025315
    THINLIKE_AHD        | 1005010200 | 3038553
    THINLIKE_AHD        | 1003040000 | 43054909
    THINLIKE_AHD        | 1001400027 | 3000963
    THINLIKE_AHD        | 1002090000 | 40213154
    THINLIKE_LOCAL_TEST | HB-L       | 3000963
    THINLIKE_UNIT       | MEA061     | 8713
    THINLIKE_CONSTYPE   | 001        | 9202
    THINLIKE_CONSTYPE   | 009        | 9202
    THINLIKE_CONSTYPE   | 021        | 5083
    THINLIKE_ROLE       | 01         | 38004446
    THINLIKE_SPECIALTY  | CAR        | 38004451
    THINLIKE_ROUTE      | oral       | 4132161
    THINLIKE_ROLE       | 11         | 38004487
    THINLIKE_DMD        | 4401       | 40163924
    THINLIKE_DMD        | 4420       | 4224372
    THINLIKE_AHD        | 1001410000 | 3000963
    THINLIKE_AHD        | 1001410000 | 4046280
    THINLIKE_CIP7       | 3000002    | 40163924
    THINLIKE_CN         | 654321     | 40163924
    THINLIKE_AIC        | 012345678  | 40163924
    THINLIKE_CNK        | 0123456    | 40163924
    THINLIKE_CIMRO      | W12345001  | 40163924
    Read                | F..0.00    | 4112343
"""

STRENGTHS = """
    drug     | ingredient | amount | unit
    ---------+------------+--------+-----
    40163924 | 1503297    | 500    | 8576
"""

_QUERIES = {
    "concept": (
        CONCEPTS,
        """select id::integer as concept_id, name as concept_name, domain as domain_id,
           vocabulary as vocabulary_id, class as concept_class_id, standard as standard_concept,
           code as concept_code, date '1970-01-01' as valid_start_date, date '2099-12-31' as valid_end_date,
           null::varchar as invalid_reason""",
    ),
    "concept_relationship": (
        MAPS,
        """select concept::integer as concept_id_1, "maps to"::integer as concept_id_2,
           'Maps to' as relationship_id, null::varchar as invalid_reason""",
    ),
    "concept_ancestor": (
        ANCESTORS,
        "select ancestor::integer as ancestor_concept_id, descendant::integer as descendant_concept_id",
    ),
    "drug_strength": (
        STRENGTHS,
        """select drug::integer as drug_concept_id, ingredient::integer as ingredient_concept_id,
           amount::double as amount_value, unit::integer as amount_unit_concept_id,
           null::varchar as invalid_reason""",
    ),
    "vocabulary": ("", "select 'None' as vocabulary_id, 'test' as vocabulary_version"),
    "source_to_concept_map": (
        OWN_MAPS,
        """select code as source_code, 0 as source_concept_id, vocabulary as source_vocabulary_id,
           target::integer as target_concept_id, date '1970-01-01' as valid_start_date,
           date '2099-12-31' as valid_end_date, null::varchar as invalid_reason""",
    ),
}


def write_vocabulary(folder: Path) -> Path:
    """The vocabulary as Parquet, in the layout of a loaded bundle."""
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        for table, (text, query) in _QUERIES.items():
            rows = pa.Table.from_pylist(rows_of(text)) if text else None
            source = " from rows" if rows else ""
            con.execute(f"copy ({query}{source}) to '{folder / table}.parquet' (format parquet)")
    return folder
