"""What made each result, and whether the present workflow would still make it so.

A result depends on the code that makes it (`sources`), its settings and its inputs. A job writes
the three beside its results when it ends (`record`); before jobs are planned they are compared with
the present ones (`compare`), and what differs is made again (`planning`) or reported (`status`).
`environment` checks the folders and paths of a run. Nothing here changes a result: these modules
are not part of the code that results depend on.
"""
