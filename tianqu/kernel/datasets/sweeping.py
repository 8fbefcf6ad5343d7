"""Sweeping what no version names: parts that a crash or a refusal left behind, and files that were being made."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from tianqu.kernel.datasets import storage
from tianqu.kernel.datasets.models import Upload, Version
from tianqu.kernel.journal.api import SYSTEM, set_scope

KEPT_FOR: Final = timedelta(days=1)  # longer than anything takes between its part and its version


def named_parts() -> set[str]:
    """The hashes of all parts that some version names: its rows where these were not erased, its cells always."""
    set_scope(SYSTEM.scope)
    named: set[str] = set()
    versions = Version.objects.values_list("manifest", "number", "dataset__erased_before")
    for manifest, number, erased_before in versions.iterator():
        living = number >= erased_before
        named.update(part["sha256"] for part in manifest["parts"] if living or part["holding"] == "cells")
    waiting = Upload.objects.filter(state="ready").values_list("parts", flat=True)  # read, and not yet published
    return named | {part["sha256"] for parts in waiting.iterator() for part in parts}


def sweep() -> int:
    """Remove parts and working files that are a day old and belong to nothing; return how many there were."""
    before = timezone.now() - KEPT_FOR
    old = list(storage.parts_written(before=before))  # listed first: what is published meanwhile is not among them
    named = named_parts()
    unnamed = [digest for digest in old if digest not in named]
    for digest in unnamed:
        storage.remove(digest)
    return len(unnamed) + storage.sweep_working(before=before)
