"""Our own PostgreSQL, for an installation that brings none: found, made, started, kept and stopped here.

``binaries`` finds the programs, ``identity`` decides as whom they run, ``cluster`` makes, starts and stops the
server, ``keeper`` is the process that ends it with its last user, ``backup`` moves data out, in and to a newer
PostgreSQL. docs/decisions/0001-embedded-postgresql.md says why.
"""

from tianqu.project.embedded.installation import ensure_running, installed_cluster, is_embedded

__all__ = ["ensure_running", "installed_cluster", "is_embedded"]
