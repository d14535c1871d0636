"""Resources that no run can be given otherwise."""

from collections.abc import Mapping

import dagster as dg


def fixed(resources: Mapping[str, dg.ConfigurableResource]) -> dict[str, dg.ResourceDefinition]:
    """The same resources with the values that they have, whatever a run's configuration says.

    Dagster takes what a resource is given in code for a default: who may launch could otherwise write another
    home or folder of free text into the launchpad (docs/explanation/threat-model.md, operators).
    """
    return {
        name: resource.get_resource_definition().configured(resource.model_dump(exclude_none=True))
        for name, resource in resources.items()
    }
