"""Many columns at once: one lane is one column with one parameter set.

Arrays have the lanes as their last axis, in blocks of ``layout.LANES``. A lane has the same bits
alone and in any company.
"""

# Whatever imports a kernel of this package can compile it.
from proda.model.lanes import vector_memory, vector_operations

__all__ = ["vector_memory", "vector_operations"]
