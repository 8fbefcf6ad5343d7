"""The newest versions of open datasets, for those who follow them by a feed."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tianqu.kernel.datasets.api import CatalogueAsked, Opened, open_datasets, open_versions
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.data.words import title_of
from tianqu.web.layout.feeds import ENTRIES_MAX, FeedEntry, atom


@require_safe
def feed(_request: PageRequest) -> HttpResponse:
    """What everybody may have, whoever asks: programs that follow a feed are nobody."""
    found = open_datasets(CatalogueAsked(sort="newest", limit=ENTRIES_MAX)).datasets
    versions = open_versions(found, sidecars=True)
    entries = [_entry(versions[dataset.id]) for dataset in found if dataset.id in versions]
    return atom(_("New data"), page=reverse("data"), path=reverse("data_feed"), entries=entries)


def _entry(opened: Opened) -> FeedEntry:
    number = opened.version.number
    title = _("%(title)s, version %(number)s") % {"title": title_of(opened.dataset), "number": number}
    address = reverse("dataset_version", kwargs={"code": opened.dataset.code, "number": number})
    return FeedEntry(opened.version.id, title, address, opened.version.made_at)
