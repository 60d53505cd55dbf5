"""Many columns at once: one lane is one column with one parameter set.

Arrays have the lanes as their last axis, in blocks of ``layout.LANES``. A lane has the same bits
alone and in any company.
"""
