"""The Jinja2 environment in which every page is rendered."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.html import json_script
from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined

from tianqu.kernel.orders.api import act_name
from tianqu.kernel.pack.api import PageRequest, named, said
from tianqu.kernel.places.api import HeldPost, can, known_roles
from tianqu.web.layout import formats, marks, proofs, states
from tianqu.web.layout.acts import deed_name
from tianqu.web.layout.addresses import address_with
from tianqu.web.layout.browsers import browser
from tianqu.web.layout.menu_room import placed
from tianqu.web.layout.navigation import desk_menu, foot_menu, own_menu, public_menu

ADDRESSES_KEPT = 4_096
TEXTS_KEPT = 20_000  # more than the catalogues hold, in both languages


def environment(**options: Any) -> Environment:
    """Make the environment: autoescape, translations, formats as filters; an unknown name is an error."""
    made = Environment(  # noqa: S701  Django's backend passes autoescape=True
        **{"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True, **options}
    )
    made.add_extension("jinja2.ext.i18n")
    made.install_gettext_callables(translated, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(
        address_with=address_with,
        can=can,
        counted_in_words=proofs.counted,
        current_post=current_post,
        demonstration=settings.TIANQU_DEMO,
        deed_name=deed_name,
        desk_menu=desk_menu,
        foot_menu=foot_menu,
        frame_of=frame_of,
        language=translation.get_language,
        languages=settings.LANGUAGES,
        menu_placed=placed,
        messages=get_messages,
        name_of_act=act_name,
        named=named,
        now=formats.now,
        own_menu=own_menu,
        post_title=post_title,
        public_menu=public_menu,
        realm_name=realm_name,
        said=said,
        state=states.state,
        state_badge=marks.state_badge,
        static=static,
        time_left=marks.time_left,
        url=url,
    )
    made.filters.update(
        amount=formats.amount,
        browser=browser,
        day=formats.day,
        duration=formats.duration,
        json_script=json_script,
        minutes=formats.minutes,
        moment=formats.moment,
        number=formats.number,
        percent=formats.percent,
        time_of_day=formats.time_of_day,
        working=formats.working,
    )
    return made


def translated(message: str) -> str:
    """Return a text of a template in the language of the page."""
    return _translated(message, language=translation.get_language())


@lru_cache(maxsize=TEXTS_KEPT)
def _translated(message: str, *, language: str | None) -> str:
    """Look a text up once for each language; gettext itself asks for the one that is current."""
    return gettext(message)


def forms_of_page(request: HttpRequest) -> dict[str, object]:
    """What each form of a page says to be one of ours: made once a page, where Django would make it anew for each."""
    return {"csrf_input": SimpleLazyObject(lambda: csrf_input(request))}


def url(name: str, **arguments: object) -> str:
    """Return the address of a named page."""
    return _url(get_script_prefix(), name, tuple(arguments.items()))


@lru_cache(maxsize=ADDRESSES_KEPT)
def _url(prefix: str, name: str, arguments: tuple[tuple[str, object], ...], /) -> str:
    return reverse(name, kwargs=dict(arguments) or None)


def current_post(request: PageRequest) -> HeldPost | None:
    """Return the post by which this request acts, None for a resident."""
    post_id = request.actor.post_id
    return next((post for post in request.posts if post.id == post_id), None)


def frame_of(request: PageRequest) -> str:
    """Return the frame of a page that everybody has: the desk's for whoever acts by a post, else the public's."""
    return "layout/desk.html" if request.actor.post_id is not None else "layout/public.html"


def post_title(held: HeldPost) -> str:
    """Return what a post is called: its own title, which is Chinese, on Chinese pages, else that of its role."""
    if held.title and formats.in_chinese():
        return held.title
    role = known_roles().get(held.role)
    return str(gettext(role.name)) if role is not None else held.title or held.role


def realm_name() -> str:
    """Return the name of the prefecture in the language of the page."""
    names: dict[str, str] = settings.TIANQU_REALM_NAMES
    return names["zh" if formats.in_chinese() else "en"]
