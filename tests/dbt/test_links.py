"""Facts that belong together: pairs of ids in both directions, related as the vocabulary has it."""

from tests.spec.builds import Build

OCCURS_AFTER, OCCURS_BEFORE = 44818783, 44818881
MEASUREMENT_TO_SPECIMEN, SPECIMEN_TO_MEASUREMENT = 32668, 32669
DRUG, MEASUREMENT, SPECIMEN = 13, 21, 36


def test_a_dispensing_is_linked_with_the_prescription_it_fulfils(every_build: dict[str, Build]):
    """Ingredient by ingredient, once in each direction, in France and nowhere else."""
    fr = every_build["FR"]
    links = fr.query(
        f"""
        select later.drug_type_concept_id, earlier.drug_type_concept_id, later.person_id = earlier.person_id
        from fact_relationship as link
        inner join drug_exposure as later on link.fact_id_1 = later.drug_exposure_id
        inner join drug_exposure as earlier on link.fact_id_2 = earlier.drug_exposure_id
        where link.relationship_concept_id = {OCCURS_AFTER} and domain_concept_id_1 = {DRUG}
        """
    )
    assert links
    assert set(links) == {(32825, 32838, True)}
    assert _mirrored(fr, OCCURS_AFTER, OCCURS_BEFORE)
    others = [country for country in ("GB", "DE") if _pairs(every_build[country], OCCURS_AFTER)]
    assert others == []


def test_a_sample_is_linked_with_what_was_measured_in_it(every_build: dict[str, Build]):
    """Each specimen of an entry with each measurement of the same entry."""
    gb = every_build["GB"]
    links = gb.query(
        f"""
        select sample.specimen_date = measured.measurement_date, sample.person_id = measured.person_id
        from fact_relationship as link
        inner join specimen as sample on link.fact_id_1 = sample.specimen_id
        inner join measurement as measured on link.fact_id_2 = measured.measurement_id
        where link.relationship_concept_id = {SPECIMEN_TO_MEASUREMENT}
            and domain_concept_id_1 = {SPECIMEN} and domain_concept_id_2 = {MEASUREMENT}
        """
    )
    assert len(links) == gb.query("select count(*) from specimen")[0][0] > 0
    assert set(links) == {(True, True)}
    assert _mirrored(gb, SPECIMEN_TO_MEASUREMENT, MEASUREMENT_TO_SPECIMEN)


def test_episodes_are_linked_with_events_of_their_own_person(every_build: dict[str, Build]):
    """A disease with its diagnoses, a treatment with its drugs; each has an event of its first day."""
    be = every_build["BE"]
    rows = be.query(
        """
        select episode.episode_concept_id, link.episode_event_field_concept_id,
            bool_and(episode.person_id = coalesce(found.person_id, drug.person_id)),
            min(coalesce(found.condition_start_date, drug.drug_exposure_start_date))
                = episode.episode_start_date
        from episode
        left join episode_event as link using (episode_id)
        left join condition_occurrence as found
            on link.event_id = found.condition_occurrence_id and link.episode_event_field_concept_id = 1147127
        left join drug_exposure as drug
            on link.event_id = drug.drug_exposure_id and link.episode_event_field_concept_id = 1147094
        group by episode.episode_id, episode.episode_start_date, 1, 2
        """
    )
    assert set(rows) == {(32533, 1147127, True, True), (32531, 1147094, True, True)}


def test_a_treatment_belongs_to_a_disease(every_build: dict[str, Build]):
    """Its parent is a disease episode of the same person that began before it."""
    orphans = every_build["BE"].query(
        """
        select count(*) from episode as treatment
        left join episode as disease on treatment.episode_parent_id = disease.episode_id
        where treatment.episode_concept_id = 32531
            and not coalesce(disease.episode_concept_id = 32533
                and disease.person_id = treatment.person_id
                and disease.episode_start_date <= treatment.episode_start_date, false)
        """
    )
    assert orphans == [(0,)]


def test_metadata_tells_what_became_of_the_rows(every_build: dict[str, Build]):
    """Delivered is loaded, collapsed and rejected, for every table; versions are told by name."""
    told = dict(
        every_build["GB"].query(
            "select name, coalesce(value_as_string, value_as_number::varchar) from metadata"
        )
    )
    assert told["vocabulary version"] == told["code version"] == "test"
    assert told["snapshot"] == "2024-03-01"
    for table in ("medical", "therapy", "text"):
        parts = [float(told.get(f"rows {fate}: {table}", 0)) for fate in ("loaded", "collapsed", "rejected")]
        assert sum(parts) == float(told[f"rows delivered: {table}"]) > 0


def _pairs(build: Build, relationship: int) -> set[tuple]:
    columns = "domain_concept_id_1, fact_id_1, domain_concept_id_2, fact_id_2"
    return set(
        build.query(f"select {columns} from fact_relationship where relationship_concept_id = {relationship}")
    )


def _mirrored(build: Build, one: int, other: int) -> bool:
    turned = {(d2, f2, d1, f1) for d1, f1, d2, f2 in _pairs(build, other)}
    return _pairs(build, one) == turned
