"""From sizes that were measured to sizes that were not: a fixed part, and a part for each patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls


@dataclass(frozen=True)
class Line:
    """What something costs: `fixed` whatever the size, and `each` for every patient. Neither is negative."""

    fixed: float
    each: float

    def at(self, patients: float) -> float:
        """The cost of so many patients."""
        return self.fixed + self.each * patients


def fitted(measured: Mapping[int, float]) -> Line:
    """The line nearest to what was measured by number of patients, every size weighing the same.

    Least squares of relative errors, without negative costs (scipy.optimize.nnls). What was nothing at every
    size is nothing. Raises ValueError for fewer than two sizes: one cannot tell the parts.
    """
    if len(measured) < 2:
        raise ValueError("a fixed part and a part for each patient need two sizes at least")
    sizes, costs = np.array(list(measured), dtype=float), np.array(list(measured.values()), dtype=float)
    weights = 1 / np.where(costs > 0, costs, 1.0)
    # Patients in thousands, so that both columns are of one order for the solver.
    columns = np.column_stack([weights, weights * sizes / 1_000])
    (fixed, per_thousand), _ = nnls(columns, costs * weights)
    return Line(float(fixed), float(per_thousand) / 1_000)


def growth(measured: Mapping[int, float]) -> dict[int, float]:
    """Cost per patient at each size to that at the size before; 1 where it grows in proportion."""
    sizes = sorted(measured)
    each = [measured[size] / size for size in sizes]
    return {
        size: after / before for size, before, after in zip(sizes[1:], each, each[1:], strict=False) if before
    }


def parallel(cpu: float, alone: float, threads: int) -> tuple[float, float]:
    """CPU seconds that one thread must do by itself, and those that threads can share.

    alone      CPU of the busiest thread, measured with so many threads
    >>> parallel(10, 5, 2), parallel(10, 10, 2), parallel(10, 7, 2)
    ((0.0, 10.0), (10.0, 0.0), (4.0, 6.0))
    """
    shared = min(max((cpu - alone) * threads / (threads - 1), 0.0), cpu)
    return cpu - shared, shared


def hours_on(parts: Sequence[tuple[float, float]], threads: float) -> float:
    """Hours of work by one thread and by all, on so many threads."""
    return sum(own + shared / threads for own, shared in parts) / 3600
