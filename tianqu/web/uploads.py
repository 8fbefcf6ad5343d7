"""Files that are handed in: how much one visitor may, by account or else by address, and where they lie meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from limits import RateLimitItemPerHour
from limits.strategies import FixedWindowRateLimiter

from tianqu.base.counting import CountStorage
from tianqu.base.errors import TooMany, _
from tianqu.base.network import counted_address
from tianqu.kernel.journal.api import Actor

MEGABYTE: Final = 1024**2
_limiter = FixedWindowRateLimiter(CountStorage())


def check_uploads(request: HttpRequest, actor: Actor, files: Sequence[Any]) -> None:
    """Raise ``TooMany`` for more megabytes of files in an hour than one visitor may hand in.

    Each worker process counts for itself. What a post hands in is its work, and not counted.
    """
    most = settings.TIANQU_UPLOAD_MB_AN_HOUR
    if not files or not most or actor.post_id is not None:
        return
    who = str(actor.person_id or counted_address(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT))
    megabytes = sum(1 + (file.size or 0) // MEGABYTE for file in files)
    if not _limiter.hit(RateLimitItemPerHour(most, namespace="uploads"), who, cost=megabytes):
        raise TooMany(
            _("You have sent more than %(limit)s megabytes of files in a short time."), field="file", limit=most,
            remedy=_("Send your request without files, or wait an hour."),
        )  # fmt: skip


class NamelessFileHandler(FileUploadHandler):
    """Keeps a large file aside on the disk without a name: what a process held that was killed is gone with it.

    Django's own handler gives it a name in the folder for temporary files, where somebody's photos would then stay.
    """

    def new_file(self, *positional: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*positional, **named)
        self.file: Any = tempfile.TemporaryFile()  # noqa: SIM115  closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write the next piece."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """Hand over the whole file."""
        self.file.seek(0)
        return UploadedFile(
            self.file, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        """Let go of what came."""
        if hasattr(self, "file"):
            self.file.close()
