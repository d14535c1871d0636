"""The faults that are tried, and what is promised of each: the table of docs/explanation/reliability.md.

A test shows a fault by its mark: `@pytest.mark.fault("killed in raw")`. `tests/fault_matrix.py` holds the
table against the tests that ran.
"""

from dataclasses import dataclass

from thin_assets.domain.rooms import ROOMS


@dataclass(frozen=True)
class Fault:
    """A row of the table.

    fault         what happens
    where         room, or part, in which it happens
    afterwards    what stands, as readers and the next run find it
    remedy        what the operator does
    """

    fault: str
    where: str
    afterwards: str
    remedy: str


_KILLED = "the run and all that it started are killed while it writes"
_AGAIN = "run again"

_MOMENTS = {
    "landing": "builds and products are as before",
    "raw": "some tables are new, some old, and none can be read: the rooms after it refuse, naming the first",
    "text": "builds and products are as before",
    "omop": "a candidate that nobody is pointed to; the next run clears it away",
    "validated": "the new build is whole beside the old, and readers are still pointed to the old",
    "evidence": "builds and products are as before",
    "cohorts": "the cohort that was being written cannot be read; the others are whole",
    "features": "the population that was being written cannot be read; nothing of it is published",
    "studies": "builds and products are as before",
    "published": "each product is that of the old build or of the new; a commit is whole or it is not there",
}

FAULTS: dict[str, Fault] = {
    **{f"killed in {room}": Fault(_KILLED, room, _MOMENTS[room], _AGAIN) for room in ROOMS},
    "killed in vocabulary": Fault(
        "the load of a vocabulary is killed",
        "vocabulary",
        "the vocabulary in use stays in use",
        "`thin-assets doctor --fix` loads it again, and clears away the half",
    ),
    "publisher killed": Fault(
        "a publisher is killed at moments drawn at random, beside another that goes on",
        "published",
        "rows of the old build or of the new, never both; the other country notices nothing",
        _AGAIN,
    ),
    "disk full in raw": Fault(
        "the disk is full",
        "raw",
        "the tables of the delivery before, all of them",
        "`DiskFull` (exit 51) names the folder; free some of the disk, run again",
    ),
    "disk full in omop": Fault(
        "the disk is full",
        "omop",
        "the sealed build before; the candidate is cleared away by the next run",
        "`DiskFull` (exit 51); free some of the disk, run again",
    ),
    "disk full in published": Fault(
        "the disk is full",
        "published",
        "the version before; no commit was made",
        "`DiskFull` (exit 51) names the table; run again; `doctor --fix` clears away the rest",
    ),
    "delivery replaced": Fault(
        "the provider replaces a delivery while a run reads it",
        "raw",
        "nothing of either: the tables of the delivery before",
        "`WrongDelivery` (exit 24) names the first file that changed; run again from landing on",
    ),
    "two runs, one waits": Fault(
        "two runs of one partition at once",
        "any",
        "the second waits and says for whom; then it builds, and finds the same build there",
        "none; `THIN_PARTITION_PATIENCE` says how long a run waits",
    ),
    "two runs, one is refused": Fault(
        "two runs of one partition at once, and no patience",
        "any",
        "the first goes on as if it were alone",
        "`PartitionBusy` (exit 50) names the other run and its process",
    ),
    "damaged raw": Fault(
        "a file of the lake is cut, changed or gone",
        "raw",
        "omop refuses to read it; what is sealed and published stands",
        "`DamagedFile` (exit 52) names the file; run again from landing on",
    ),
    "damaged build": Fault(
        "a file of a sealed build is cut, changed or gone",
        "validated",
        "the room that would read the build refuses",
        "`DamagedFile` (exit 52) names the file; run again: the same content takes the place of the damaged",
    ),
    "damaged features": Fault(
        "a file of the lake is cut, changed or gone",
        "features",
        "nothing of it is published; what is published stands",
        "`DamagedFile` (exit 52) names the file; materialise the population again",
    ),
    "vocabulary missing": Fault(
        "the vocabulary of a build is deleted between two rooms",
        "omop to published",
        "no room reads on without it; what is published stands",
        "`MissingVocabulary` (exit 41) names the version; load that bundle again",
    ),
    "vocabulary swapped": Fault(
        "another vocabulary comes into use between two rooms",
        "omop to published",
        "each build is judged, read and published with the one that it was made with",
        "none",
    ),
    "time zone": Fault(
        "the machine is in Auckland or Los Angeles, and a month ends there at another hour",
        "any",
        "the same bytes, the same build; months end by UTC for all",
        "none",
    ),
    "clock jumped": Fault(
        "the clock is years ahead",
        "any",
        "the same bytes, the same build",
        "none; set the clock: the audit record says when by it",
    ),
    "daemon killed": Fault(
        "the Dagster daemon is killed in the middle of a backfill",
        "instance",
        "runs at work go on; those that wait, wait",
        "start a daemon: the backfill goes on by itself, and every partition is built once",
    ),
    "run killed in a backfill": Fault(
        "a run of a backfill is killed, and its daemon with it",
        "instance",
        "the run is marked as failed by run monitoring; the other partitions are built",
        "start a daemon; where runs are not retried, build the partition again",
    ),
    "connections to PostgreSQL cut off in mid-run": Fault(
        "every connection to PostgreSQL is cut off, again and again, while a run writes its events",
        "instance",
        "every event is there once; the run does not notice",
        "none",
    ),
    "PostgreSQL restarted in mid-backfill": Fault(
        "a run of a backfill is killed, and PostgreSQL is stopped and started again",
        "instance",
        "processes wait for the server; every partition ends whole",
        "none; start PostgreSQL again where nobody does",
    ),
    "a machine lost in mid-backfill": Fault(
        "of several machines that build, one is lost with the run that it has",
        "instance",
        "run monitoring fails the run when it has given no sign for a while; it is built again on another",
        "none; start a worker on that machine again",
    ),
    "Redis restarted in mid-run": Fault(
        "the Redis through which machines get runs is stopped, and started again empty",
        "instance",
        "runs at work go on, and none is given up; workers take new ones",
        "none; start Redis again where nobody does",
    ),
}
