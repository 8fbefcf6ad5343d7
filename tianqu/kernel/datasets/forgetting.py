"""Erasing from the parts of a dataset what was erased in the journal: it is made anew, and its old parts go.

The rule: an erased body has no row in any version that is made after the erasure, and this happens by itself. Versions
that were made before keep what they held, because figures quote them and because a dataset tells no person's name
where it is made well; an office that holds a closed or personal column makes the dataset anew, by this act, and the
versions before it then say that they were erased.
"""

from __future__ import annotations

from uuid import UUID

from tianqu.base.errors import Conflict, _
from tianqu.kernel.datasets import storage
from tianqu.kernel.datasets.describing import as_recorded, may_describe, open_dataset
from tianqu.kernel.datasets.materialising import alone, materialise
from tianqu.kernel.datasets.models import Dataset, Version
from tianqu.kernel.datasets.reading import dataset_with
from tianqu.kernel.datasets.sweeping import named_parts
from tianqu.kernel.journal.api import Acting, Actor, act, set_scope
from tianqu.kernel.places.api import require


def make_anew(actor: Actor, *, dataset_id: UUID, reason: str) -> Version:
    """Make a declared dataset anew from the journal, and erase the parts of every version before.

    Raises ``NotPermitted``, ``Conflict`` for a dataset that no pack declares, and what ``materialise`` raises.
    """
    set_scope(actor.scope)
    dataset = dataset_with(dataset_id)
    require(actor, "datasets.erase_versions", dataset)
    if not dataset.declared:
        raise Conflict(
            _("The dataset %(value)s is not read from the journal."), field="dataset_id", value=dataset.code,
            remedy=_("Withdraw it, or publish a version without what is to be erased."),
        )  # fmt: skip
    with alone(dataset.code):  # no version of the old parts comes between the number and the new ones
        before = dataset_with(dataset_id).version
        version = materialise(dataset.code, anew=True)
    assert version is not None, "what is made anew is always published"
    set_scope(actor.scope)
    erase_versions(actor, dataset_id=dataset_id, before=before + 1, reason=reason)
    _remove_parts(dataset_id, below=before + 1)
    return version


@act("datasets.erase_versions", may=may_describe)
def erase_versions(acting: Acting, *, dataset_id: UUID, before: int, reason: str) -> Dataset:
    """Say that the versions below the number ``before`` are erased. ``reason`` is kept and names nobody."""
    dataset = open_dataset(acting, dataset_id)
    if not dataset.erased_before <= before <= dataset.version:
        raise Conflict(
            _("The newest version of a dataset, and what was erased before, stay."), field="before", value=before
        )
    dataset.erased_before, dataset.changed_at = before, acting.now
    dataset.save()
    acting.record(f"dataset:{dataset.id}", after=as_recorded(dataset) | {"reason": reason[:2_000]}, public=True)
    return dataset


def _remove_parts(dataset_id: UUID, *, below: int) -> None:
    """Remove the rows that only erased versions name. A crash before leaves them to the sweep.

    Their cells stay: nobody reads them here any more, but whoever kept them must find nothing to subtract them from.
    """
    kept = named_parts()
    for manifest in Version.objects.filter(dataset_id=dataset_id, number__lt=below).values_list("manifest", flat=True):
        for part in manifest["parts"]:
            if part["sha256"] not in kept:
                storage.remove(part["sha256"])
