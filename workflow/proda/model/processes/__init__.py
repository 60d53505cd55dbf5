"""Bulk processes of a soil column: what Tao et al. 2023 call the mechanisms of soil carbon.

Carbon input and its depth distribution, baseline decomposition, carbon use efficiency, vertical
transport and environmental modifiers, and what results from them: turnover times and stocks. The
equations are those of ``fluxes``, ``root_profile`` and ``evaluate``; ``definitions`` names the
quantities.
"""

from proda.model.processes.definitions import (
    PROCESS_NAMES,
    PROCESSES,
    RESULTING,
    Process,
    ProcessStatus,
    process_of,
)
from proda.model.processes.evaluate import Processes, processes_in, processes_of

__all__ = [
    "PROCESSES",
    "PROCESS_NAMES",
    "RESULTING",
    "Process",
    "ProcessStatus",
    "Processes",
    "process_of",
    "processes_in",
    "processes_of",
]
