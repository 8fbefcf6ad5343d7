"""Moving the embedded server's data to a newer major version of PostgreSQL, which cannot read the old folder itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tianqu.base.errors import Conflict, _
from tianqu.project.database import var_folder
from tianqu.project.embedded.backup import Source, back_up, restore
from tianqu.project.embedded.binaries import binaries_in, find_binaries
from tianqu.project.embedded.cluster import DATABASE, SUPERUSER, Cluster
from tianqu.project.embedded.installation import cluster_in
from tianqu.project.embedded.keeper import use


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did."""

    old_major: int
    new_major: int
    kept: Path  # the old data, for the owner to remove


def upgrade(*, old_programs: Path | None = None) -> Upgraded | None:
    """Dump the old data with the new programs, restore it beside, and swap the folders.

    ``old_programs`` is the ``bin`` folder of the PostgreSQL that wrote the data, where it is in no usual place. Returns
    None when the data is as new as the newest programs. The old folder is kept under another name.
    """
    var = var_folder()
    version = var / "postgres" / "PG_VERSION"
    newest = find_binaries()
    if not version.exists() or int(version.read_text()) >= newest.major:
        return None
    old = _old_cluster(var, old_programs=old_programs)
    if old.running_pid() is not None:
        raise Conflict(_("The database is in use."), remedy=_("Stop Tianqu and run: tianqu db stop"))
    next_var = var / "upgrade"
    if next_var.exists():
        old.run("rm", "-rf", str(next_var), program=False)
    new = cluster_in(next_var)
    dump = var / "upgrade.dump"
    use(old)
    back_up(Source(url=old.address(user=SUPERUSER), database=DATABASE, binaries=new.binaries), dump, replace=True)
    old.stop()
    use(new)
    restore(Source(url=new.address(user=SUPERUSER), database=DATABASE, binaries=new.binaries), dump)
    new.stop()
    kept = old.data.with_name(f"{old.data.name}-{old.binaries.major}")
    old.data.rename(kept)
    new.data.rename(old.data)
    dump.unlink()
    return Upgraded(old_major=old.binaries.major, new_major=new.binaries.major, kept=kept)


def _old_cluster(var: Path, *, old_programs: Path | None) -> Cluster:
    return cluster_in(var, binaries=binaries_in(old_programs, field="from") if old_programs else None)
