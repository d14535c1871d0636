"""The source of a build.

Which delivery a CDM was made from, and when.
"""


def test_the_source_is_named_and_dated_by_the_delivery(fr):
    """Release of the source: the cut-off. Release of the CDM: the day the delivery was written, never the
    clock's.
    """
    fr.given(patient="patient\nP")
    fr.expect(
        "cdm_source",
        """
            cdm_source_name                          | cdm_source_abbreviation | cdm_holder | source_release_date | cdm_release_date | cdm_version | vocabulary_version
            -----------------------------------------+-------------------------+------------+---------------------+------------------+-------------+-------------------
            THIN-like primary care records, France   | THINLIKE_FR             | SYNTHETIC  | 2024-03-31          | 2024-04-01       | v5.4        | test
        """,
    )
