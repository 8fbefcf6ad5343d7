"""What a pack's page goes through, and what stops a list of packs from starting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import clear_url_caches
from django.utils.translation import gettext_lazy as _

from tests.web.conftest import signed_in
from tianqu.base.errors import Conflict, InvalidInput
from tianqu.kernel.orders.api import CLOCK_OF_STATE, Audience, Flow, State, Step, Who
from tianqu.kernel.pack.api import (
    EVERYBODY,
    Data,
    Download,
    ItemFamily,
    Job,
    MenuEntry,
    Pack,
    PackFaults,
    Page,
    PageResult,
    Partial,
    Redirect,
    Rendered,
    Role,
    RosterKind,
    check_packs,
)
from tianqu.kernel.places.api import Account
from tianqu.project import urls
from tianqu.project.packs import installed_packs
from tianqu.web.layout.navigation import set_menus
from tianqu.web.mount import pack_urls

HOME = _("Home")
OWN = ("/occasions/mine", "/practice/me/", "/practice/offers/", "/culture/me/")


def results(request: HttpRequest, kind: str) -> PageResult:
    match kind:
        case "rendered":
            return Rendered("home/about.html")
        case "partial":
            return Partial(
                "layout/error.html", {"title": "piece", "message": "", "remedy": "", "status": 0}, trigger="x"
            )
        case "redirect":
            return Redirect("/about", notice="It is done.")
        case "download":
            return Download("数据.csv", "text/csv; charset=utf-8", (row for row in (b"a,b\n", b"1,2\n")))
        case "data":
            return Data({"name": "德城区"})
        case "conflict":
            raise Conflict("Order %(code)s was accepted already.", code="D-1", remedy="Look at it again.")
    raise InvalidInput("%(value)s is unknown.", field="kind", value=kind)


PACK = Pack(
    code="trial",
    title=HOME,
    package="tests.web",
    roles=(Role("trial_clerk", "Clerk", ("trial.see",)),),
    families=(ItemFamily("trial", HOME, frozenset(CLOCK_OF_STATE.values())),),
    pages=(
        Page("open", "trial/open/<str:kind>", results, EVERYBODY, HOME, methods=("GET", "POST")),
        Page("closed", "trial/closed/<str:kind>", results, "web_test.see", HOME),
    ),
    menu=(MenuEntry("open", "public"),),
    jobs=(Job("nightly", "5 3 * * *", lambda due: None),),
)


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The addresses of the installation, with those of the trial pack."""
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, *pack_urls([PACK])])
    clear_url_caches()
    yield
    monkeypatch.undo()
    clear_url_caches()


@pytest.mark.django_db
@pytest.mark.usefixtures("trial")
class TestMountedPages:
    def test_each_result_becomes_its_answer(self, visitor: Client) -> None:
        assert "<h1>About Tianqu</h1>" in visitor.get("/trial/open/rendered").content.decode()
        assert visitor.get("/trial/open/partial")["HX-Trigger"] == "x"
        assert visitor.get("/trial/open/data").json() == {"name": "德城区"}
        download: Any = visitor.get("/trial/open/download")
        assert b"".join(download.streaming_content) == b"a,b\n1,2\n"
        assert download["Content-Disposition"].startswith("attachment; filename*=utf-8''")

    def test_redirect_says_once_what_was_done(self, visitor: Client) -> None:
        assert visitor.post("/trial/open/redirect")["Location"] == "/about"
        assert "It is done." in visitor.get("/about").content.decode()
        assert "It is done." not in visitor.get("/about").content.decode()

    def test_redirect_tells_htmx_to_load_the_page(self, visitor: Client) -> None:
        answer = visitor.post("/trial/open/redirect", headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/about")

    def test_error_is_a_page_for_people(self, visitor: Client) -> None:
        answer = visitor.get("/trial/open/conflict")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Order D-1 was accepted already." in page and "Look at it again." in page

    def test_error_is_problem_details_for_programs(self, visitor: Client) -> None:
        answer = visitor.get("/trial/open/conflict", headers={"Accept": "application/json"})
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert answer.json() == {
            "type": "urn:tianqu:problem:conflict",
            "title": "Order D-1 was accepted already.",
            "status": 409,
            "detail": "Look at it again.",
            "instance": "/trial/open/conflict",
            "code": "conflict",
        }

    def test_error_in_chinese(self, realm: None) -> None:
        answer = Client(SERVER_NAME="localhost").get("/trial/open/conflict", headers={"Accept-Language": "zh-CN"})
        assert "已有人先一步办理" in answer.content.decode()

    def test_permission_is_asked_before_the_view(self, visitor: Client, resident: Account, clerk: Account) -> None:
        assert visitor.get("/trial/closed/data").status_code == 302
        assert visitor.get("/trial/closed/data", headers={"Accept": "application/json"}).status_code == 403
        assert signed_in(resident).get("/trial/closed/data").status_code == 403
        assert signed_in(clerk).get("/trial/closed/data").status_code == 200

    def test_undeclared_method_is_refused(self, visitor: Client, clerk: Account) -> None:
        assert signed_in(clerk).post("/trial/closed/data").status_code == 405
        assert visitor.head("/trial/open/rendered").status_code == 200

    def test_posts_are_limited_by_client(self, visitor: Client, settings: Any) -> None:
        settings.TIANQU_POSTS_A_MINUTE = 3
        send = [visitor.post("/trial/open/redirect", REMOTE_ADDR="192.0.2.7").status_code for _time in range(5)]
        assert send == [302, 302, 302, 429, 429]
        assert visitor.post("/trial/open/redirect", REMOTE_ADDR="192.0.2.8").status_code == 302
        assert visitor.get("/about", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_pages_forbid_foreign_and_inline_script(visitor: Client, db: None) -> None:
    policy = visitor.get("/help")["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_form_without_its_token_is_refused_with_help(db: None) -> None:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True, HTTP_ACCEPT_LANGUAGE="en")
    answer = client.post("/account/login/", {"login": "x", "password": "y"})
    assert answer.status_code == 403
    assert "load the page anew" in answer.content.decode()


def test_sound_packs_pass() -> None:
    check_packs(
        [PACK, replace(PACK, code="other", roles=(), families=(), pages=(), menu=(), uses_roles=("trial_clerk",))]
    )


FAMILY, PAGE = PACK.families[0], PACK.pages[0]
STEP = Step("trial.answer", frozenset({State.PLACED}), State.DONE, frozenset({Who.UNIT}), Audience.INTERNAL, title=HOME)
FLOW = Flow("loop", (STEP,), {State.DONE: "look"})


def run(due: datetime) -> None:
    """A job."""


SHIFTS = RosterKind("doors", _("Home"), "doors.keep", holders=lambda subjects: {}, led=lambda actor: ())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "Trial pack"}, "needs a code of small letters"),
        ({"title": "Trial"}, "is not translated"),
        ({"uses_roles": ("judge",)}, "uses the role judge, which no pack declares. Known: trial_clerk."),
        ({"uses_families": ("letters",)}, "uses the family letters, which no pack declares"),
        ({"roles": (Role("trial_clerk", "Clerk", ()),)}, "the role trial_clerk permits nothing"),
        ({"roles": (Role("c", "C", ("x",), "village"),)}, "the role c reaches 'village'"),  # type: ignore[arg-type]
        ({"roles": PACK.roles * 2}, "The role trial_clerk is declared twice."),
        (
            {"families": (replace(FAMILY, clocks=FAMILY.clocks - {"answer"}),)},
            "wait in the state asked_back without a clock (answer)",
        ),
        ({"families": (replace(FAMILY, flow="lost"),)}, "takes the flow lost, which nobody declares"),
        (
            {"flows": (FLOW,), "families": (replace(FAMILY, flow="loop"),)},
            "wait in the state done without a clock (look)",
        ),
        ({"flows": (replace(FLOW, clocks={}),)}, "its orders wait in the state done, for which it names no clock"),
        ({"flows": (replace(FLOW, code="appeal"),)}, "The flow appeal is declared twice."),
        ({"pages": (replace(PAGE, permission=""),)}, "the page open says no permission"),
        ({"pages": (replace(PAGE, address="/trial"),)}, "begins with a slash"),
        ({"pages": (replace(PAGE, title="Open"),)}, "is not translated"),
        ({"pages": (replace(PAGE, methods=("PUT",)),)}, "takes PUT"),
        (
            {"pages": (PAGE, replace(PAGE, name="again", address="trial/open/<int:number>"))},
            "The pages trial:open and trial:again have one address",
        ),
        ({"menu": (MenuEntry("shut", "desk"),)}, "a menu leads to the page shut, which is not declared"),
        ({"links": {"trial": "shut"}}, "notices of trial lead to the page shut, which is not declared"),
        ({"menu": (MenuEntry("open", "side"),)}, "the menus are desk, own, public, releases"),  # type: ignore[arg-type]
        ({"rosters": (SHIFTS,)}, "nobody may work on rosters of the kind doors: no role holds doors.keep."),
        ({"rosters": (SHIFTS, SHIFTS)}, "The rosters doors are declared twice."),
        ({"jobs": (Job("often", "every minute", run),)}, "which is not five cron fields"),
        ({"jobs": (Job("a", "* * * * *", run),) * 2}, "two jobs are called a"),
    ],
)
def test_fault_stops_with_its_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PackFaults) as caught:
        check_packs([replace(PACK, **changes)])
    assert sentence in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(PackFaults) as caught:
        check_packs([replace(PACK, title="Trial", uses_roles=("judge",), menu=(MenuEntry("shut", "desk"),))])
    assert len(caught.value.faults) == 3


SHELF = Pack(
    code="shelf",
    title=HOME,
    package="tests.web",
    pages=(Page("list", "shelf/", results, "web_test.see", _("Services")),),
    menu=(MenuEntry("list", "desk", order=50, count=lambda request: 1234),),
)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The installation with a pack that has a line in the desk's menu."""
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, *pack_urls([SHELF])])
    clear_url_caches()
    set_menus([SHELF])
    yield
    monkeypatch.undo()
    clear_url_caches()
    set_menus(installed_packs())


@pytest.mark.django_db
@pytest.mark.usefixtures("shelf")
def test_menu_has_a_packs_line_for_whoever_may_open_it(clerk: Account, resident: Account) -> None:
    page = signed_in(clerk).get("/desk/").content.decode()
    assert '<a href="/shelf/">Services <span class="count">1,234</span></a>' in page
    assert "/shelf/" not in signed_in(resident).get("/").content.decode()


@pytest.mark.django_db
def test_whoever_has_signed_in_finds_their_own_things(visitor: Client, resident: Account, clerk: Account) -> None:
    assert "/occasions/mine" not in visitor.get("/").content.decode()
    for account in (resident, clerk):
        mine = signed_in(account)
        for address in ("/about", "/account/", *(("/desk/",) if account is clerk else ())):
            shown = mine.get(address).content.decode()
            # Beside the account on each page, and on the page of the account and the desk themselves once more.
            most = 1 if address == "/about" else 2
            assert [shown.count(f'href="{own}"') for own in OWN] == [most] * len(OWN), address
