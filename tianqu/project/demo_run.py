"""Running ``tianqu demo``: each step with its bar, then a server under it that plays its day and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import httpx
from django.conf import settings
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tianqu.base.errors import Conflict, _
from tianqu.kernel.ledgers.api import publish_charts
from tianqu.packs.hotline.demo_past import SEED, staged
from tianqu.project.demo_data import demo_is_there, write_training_texts
from tianqu.project.demo_steps import Wanted, run_steps
from tianqu.project.installation import collect_assets, shown_address
from tianqu.project.migrating import bring_up_to_date
from tianqu.project.packs import installed_packs
from tianqu.project.realm_content import publish_realm
from tianqu.project.realms import Realm, load_realm, read_realm, read_rows
from tianqu.project.simulated_day import play_day
from tianqu.project.supervisor import dies_with_parent

COLUMNS = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
READY_SECONDS = 600  # on a machine that does much else; a server that ends is noticed at once


class DemoRun:
    """One run of the demo on this installation's database."""

    def __init__(self, *, port: int, password: str, say: Callable[[str], None]) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.port = port
        self.password = password
        self.say = say
        self.begun = time.monotonic()

    def run(self, *, orders: int, past: int, year: int, serve: bool, whole: bool = False, dense: int = 1) -> None:
        """Lay everything down that is not there yet, play the day, and serve."""
        bring_up_to_date()
        fresh = not demo_is_there()
        realm = read_realm(settings.TIANQU_REALM)
        wanted = Wanted(realm.path, realm.root, SEED, year, past, whole, dense)
        with Progress(*COLUMNS) as bars:
            if fresh:
                self._lay_down(realm, wanted, bars)
            else:
                publish_charts(realm.path / "ledgers")  # one of an older version has not all of them
                run_steps(installed_packs(), bars, wanted, again=True)
        with self._server() as server:
            if fresh:
                played = play_day(day="", orders=orders, address=self.address, threads=2)
                self.say(f"simulated day: {played.placed} requests, {played.moves} moves, {played.refused} refused")
                for refusal in played.refusals[:3]:
                    self.say(refusal)
            self._print_accounts()
            seconds = time.monotonic() - self.begun
            self.say(f"ready at {shown_address(self.address)} after {seconds:.0f} s; Ctrl-C ends it")
            if serve:
                server.wait()

    def _lay_down(self, realm: Realm, wanted: Wanted, bars: Progress) -> None:
        tasks = {part: bars.add_task(part, total=None) for part in ("places", "units", "posts")}

        def tell(part: str, done: int, total: int, /) -> None:
            bars.update(tasks[part], completed=done, total=total)

        load_realm(realm.code, tell, with_posts=True, password=self.password)
        publish_realm(realm)
        stage = staged(realm.path, root=realm.root)
        texts = Path(settings.VAR) / "demo" / "texts.csv"
        count = write_training_texts(stage, texts)
        with ThreadPoolExecutor(max_workers=1) as beside:  # one core plays the past, the other does this
            waiting = [beside.submit(self._train, str(texts)), beside.submit(collect_assets)]
            run_steps(installed_packs(), bars, wanted)
        for each in waiting:
            each.result()
        self.say(f"text models trained on {count} invented texts")

    def _train(self, texts: str) -> None:
        self._command("classify", "train", texts, quiet=True)
        self._command("classify", "train", texts, "--label-column", "item", "--name", "items", quiet=True)

    @contextmanager
    def _server(self) -> Iterator[subprocess.Popen[bytes]]:
        """Serve in a process of its own; our own end ends it."""
        command = [sys.executable, "-m", "tianqu", "up", "--port", str(self.port)]
        server = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, preexec_fn=dies_with_parent()
        )

        def stop(_number: int, _frame: FrameType | None) -> None:
            server.terminate()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._wait_for(server)
            yield server
        finally:
            server.terminate()
            server.wait()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _wait_for(self, server: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and server.poll() is None:
            try:
                if httpx.get(f"{self.address}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise Conflict(_("The server did not begin to answer at %(value)s."), value=self.address)

    def _print_accounts(self) -> None:
        rows = read_rows(read_realm(settings.TIANQU_REALM).path / "posts.csv", required=False)
        self.say(f"accounts of the demo, all with the password {self.password}:")
        for row in rows:
            self.say(f"  {row['login']:<14} {row['name']}  {row['role']:<14} {row['unit']}")

    def _command(self, *arguments: str, quiet: bool = False) -> None:
        out = subprocess.DEVNULL if quiet else None
        done = subprocess.run([sys.executable, "-m", "tianqu", *arguments], env=os.environ, stdout=out)  # noqa: S603
        if done.returncode != 0:
            self.say(f"tianqu {' '.join(arguments)} did not succeed; the demo goes on without it")
