"""
ThinError
├── DeliveryRejected          the provider must act              exit 20
│   ├── MissingFiles          a file of the manifest is absent   exit 21
│   ├── ChecksumMismatch      the bytes are not those promised   exit 22
│   ├── WrongLayout           columns, delimiter or version      exit 23
│   ├── WrongDelivery         another country or month           exit 24
│   ├── RowCountMismatch      rows differ from the manifest      exit 25
│   ├── IdentifierRefused     a column that names a person       exit 26
│   ├── UnreadableFile        truncated or not gzip              exit 27
│   └── DeliveryIncomplete    no delivery, or still arriving     exit 28
├── ContractBroken            the data broke a promise           exit 30
│   ├── TooManyRejectedRows   more than the allowed share        exit 31
│   ├── NotReconciled         rows in and rows out disagree      exit 32
│   ├── BrokenRules           a rule of severity error           exit 33
│   ├── VersionNotRaised      a contract changed, its number not exit 34
│   ├── Recalled              what was published was taken back  exit 35
│   └── AuditBroken           the record of events has a gap     exit 36
└── SettingsError             the operator must act              exit 40
    ├── MissingVocabulary     no bundle, or files of it          exit 41
    ├── MissingSecret         no key, or not the right one       exit 42
    ├── NothingSealed         no sealed build to read            exit 43
    ├── NothingPublished      no such product or partition       exit 44
    ├── RunFailed             a Dagster run did not succeed      exit 45
    ├── MapRefused            a reviewed map cannot be used      exit 46
    ├── LedgerLost            published, and nobody knows what   exit 47
    ├── CatalogueRefused      features cannot be read so         exit 48
    ├── ReleaseRefused        no such release, or one too many   exit 49
    ├── PartitionBusy         another run is at work on it       exit 50
    ├── DiskFull              no room to write                   exit 51
    ├── DamagedFile           not what was written, or half done exit 52
    ├── BrokerUnreachable     Redis of the workers is away       exit 53
    ├── EngineMissing         the engine asked for is not there  exit 54
    ├── StoreUnreachable      no answer from the store           exit 55
    ├── StoreMoved            somebody else was first            exit 56
    ├── StoreDamaged          an object is not what was put      exit 57
    ├── InstanceUnreachable   PostgreSQL of the instance is away exit 58
    └── BackupRefused         no backup there, or not a whole one exit 59
Anything else is a fault of ours: it is not caught, and keeps its traceback.

Every error says what happened, where, and the next step; none carries a value from a patient's row.
"""


class ThinError(Exception):
    """Base of every error that a person can act on."""

    exit_code = 1
    recorded = False
    """Whether the audit record has a line of it."""

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(f"{what} [{where}]; {remedy}")

    def __reduce__(self) -> tuple:
        return _rebuild, (type(self), self.what, self.where, self.remedy)


def _rebuild(kind: type[ThinError], what: str, where: str, remedy: str) -> ThinError:
    return kind(what, where=where, remedy=remedy)


class DeliveryRejected(ThinError):
    """The provider must act."""

    exit_code = 20


class MissingFiles(DeliveryRejected):
    """A file that the manifest names is absent."""

    exit_code = 21


class ChecksumMismatch(DeliveryRejected):
    """The bytes of a file are not those the manifest promises."""

    exit_code = 22


class WrongLayout(DeliveryRejected):
    """Columns, delimiter, manifest or layout version are not those of a known layout."""

    exit_code = 23


class WrongDelivery(DeliveryRejected):
    """The manifest speaks of another country or month than the folder."""

    exit_code = 24


class RowCountMismatch(DeliveryRejected):
    """A file holds more or fewer rows than the manifest promises."""

    exit_code = 25


class IdentifierRefused(DeliveryRejected):
    """A column looks like a direct identifier of a person."""

    exit_code = 26


class UnreadableFile(DeliveryRejected):
    """A file is truncated, not gzip, or not readable as its format."""

    exit_code = 27


class DeliveryIncomplete(DeliveryRejected):
    """There is no delivery for the partition, or it is still arriving."""

    exit_code = 28


class ContractBroken(ThinError):
    """The data broke a promise."""

    exit_code = 30


class TooManyRejectedRows(ContractBroken):
    """A larger share of a table's rows was rejected than the settings allow."""

    exit_code = 31


class NotReconciled(ContractBroken):
    """Delivered rows are not the sum of loaded, collapsed and rejected ones."""

    exit_code = 32


class BrokenRules(ContractBroken):
    """A rule of severity error does not hold."""

    exit_code = 33


class VersionNotRaised(ContractBroken):
    """A contract differs from the last one by more than its version says."""

    exit_code = 34


class Recalled(ContractBroken):
    """What is asked for was published, and has been taken back for a reason."""

    exit_code = 35


class AuditBroken(ContractBroken):
    """The record of publications was changed, cut or mixed up after it was written."""

    exit_code = 36


class SettingsError(ThinError):
    """The operator must act."""

    exit_code = 40


class MissingVocabulary(SettingsError):
    """No vocabulary is loaded, or files of the bundle are absent."""

    exit_code = 41


class MissingSecret(SettingsError):
    """There is no key to pseudonymise, encrypt or read with, or it is not the right one."""

    exit_code = 42


class NothingSealed(SettingsError):
    """There is no sealed build to read."""

    exit_code = 43


class NothingPublished(SettingsError):
    """There is no such product, or the partition was not published."""

    exit_code = 44


class RunFailed(SettingsError):
    """A Dagster run or backfill did not succeed."""

    exit_code = 45


class MapRefused(SettingsError):
    """A file of reviewed maps has a line that cannot be used."""

    exit_code = 46


class LedgerLost(SettingsError):
    """An aggregate was published, and the ledger of what was told is not there to compare with."""

    exit_code = 47


class CatalogueRefused(SettingsError):
    """The catalogue of features has an entry that cannot be used."""

    exit_code = 48


class ReleaseRefused(SettingsError):
    """There is no such release or version, or the name is taken."""

    exit_code = 49


class PartitionBusy(SettingsError):
    """Another run works on the same partition, and did not end in time."""

    exit_code = 50


class DiskFull(SettingsError):
    """The disk, the quota or the largest size of a file is used up."""

    exit_code = 51


class DamagedFile(SettingsError):
    """A file of the lake is not as it was written, is gone, or was never finished."""

    exit_code = 52


class BrokerUnreachable(SettingsError):
    """The Redis server through which workers get runs does not answer, or lets nobody in."""

    exit_code = 53


class EngineMissing(SettingsError):
    """Spark is asked for, and pyspark, Java, or the cluster is not there."""

    exit_code = 54


class StoreUnreachable(SettingsError):
    """The store of objects gives no answer, or not the one that it should."""

    exit_code = 55


class StoreMoved(SettingsError):
    """Somebody else changed in the store what this run was built on: nothing of this run is visible there."""

    exit_code = 56


class StoreDamaged(SettingsError):
    """An object of the store is absent, or does not hold the bytes that were put there."""

    exit_code = 57


class InstanceUnreachable(SettingsError):
    """The PostgreSQL server that the Dagster instance is kept on does not answer, or lets nobody in."""

    exit_code = 58


class BackupRefused(SettingsError):
    """There is no such backup, a file of it is not what was written, or there is no room to restore it to."""

    exit_code = 59
