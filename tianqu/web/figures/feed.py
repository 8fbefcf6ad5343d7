"""The newest values of figures, for those who follow them by a feed."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tianqu.kernel.figures.api import ShownValue, open_news, public_since
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.figures.words import printed_text, said
from tianqu.web.layout.feeds import ENTRIES_MAX, FeedEntry, atom


@require_safe
def feed(_request: PageRequest) -> HttpResponse:
    """What everybody may have, whoever asks; a value under embargo comes when it ends."""
    entries = [_entry(each) for each in open_news(limit=ENTRIES_MAX)]
    return atom(_("New values of figures"), page=reverse("figures"), path=reverse("figures_feed"), entries=entries)


def _entry(shown: ShownValue) -> FeedEntry:
    value = shown.value
    title = _("%(name)s, %(period)s: %(value)s") % {
        "name": said(value.figure.name, english=value.figure.name_en), "period": value.period,
        "value": printed_text(shown),
    }  # fmt: skip
    address = f"{reverse('figure', kwargs={'code': value.figure.code})}?period={value.period}&number={value.number}"
    return FeedEntry(value.id, title, address, public_since(shown))
