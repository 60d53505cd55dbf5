"""What is to be run of importance and bootstrap. Light to import, as rules do."""

__all__ = ["CONDITIONAL", "CONSTANT", "PERMUTATION", "VARIANTS", "member_groups"]

# Ways to replace a group of covariates (`proda.analysis.permutation`).
PERMUTATION, CONDITIONAL, CONSTANT = "permutation", "conditional", "constant"
VARIANTS = (PERMUTATION, CONDITIONAL, CONSTANT)


def member_groups(members: int, per_job: int) -> list[tuple[int, int]]:
    """First and last member of each job.

    Parameters
    ----------
    members
        Their number.
    per_job
        Largest number of a job.
    """
    return [(first, min(first + per_job, members) - 1) for first in range(0, members, per_job)]
