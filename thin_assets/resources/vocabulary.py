"""Which vocabulary bundle is in use."""

import dagster as dg


class VocabularyBundle(dg.ConfigurableResource):
    """Folder of an Athena download, and folder of reviewed maps."""

    folder: str
    maps: str
