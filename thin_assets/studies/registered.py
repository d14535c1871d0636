"""The studies that there are: those of the project, and those of a folder of one's own."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from thin_assets.errors import SettingsError
from thin_assets.studies.essential_tremor.study import STUDY as ESSENTIAL_TREMOR
from thin_assets.studies.incidence_prevalence.declared import read_analyses
from thin_assets.studies.incidence_prevalence.study import STUDY as INCIDENCE_PREVALENCE
from thin_assets.studies.incidence_prevalence.study import incidence_prevalence
from thin_assets.studies.long_covid.study import STUDY as LONG_COVID
from thin_assets.studies.prescribing.study import STUDY as PRESCRIBING
from thin_assets.studies.repeated import repeated
from thin_assets.studies.study import Study
from thin_assets.studies.triple_therapy.study import STUDY as TRIPLE_THERAPY

OURS: tuple[Study, ...] = (INCIDENCE_PREVALENCE, ESSENTIAL_TREMOR, LONG_COVID, TRIPLE_THERAPY, PRESCRIBING)


def studies(own: Path) -> list[Study]:
    """All of them. Raises SettingsError where two have the same name, or a file holds none.

    own    folder of `*.py`, each with a `STUDY`, and of `*.yaml`, each analyses of incidence and prevalence;
           need not exist. The first is a program: whoever may write it may do all that the platform may
    """
    declared = (incidence_prevalence(path.stem, read_analyses(path)) for path in sorted(own.glob("*.yaml")))
    found = [*OURS, *(_own(path) for path in sorted(own.glob("*.py"))), *declared]
    if twice := repeated(study.name for study in found):
        raise SettingsError(
            f"two studies are called {', '.join(twice)}", where=str(own), remedy="give yours another name"
        )
    return found


def _own(path: Path) -> Study:
    spec = spec_from_file_location(f"own_study_{path.stem}", path)
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError) as error:
        raise SettingsError(
            f"it cannot be read: {error}", where=str(path), remedy="mend it, or move it out of the folder"
        ) from error
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise SettingsError(
            "no STUDY in it",
            where=str(path),
            remedy="see docs/how-to/write-your-own-study.md, or move the file out of the folder",
        )
    return study
