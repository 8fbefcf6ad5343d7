"""Files that a form sends: stored for the act that takes them, and taken back where it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from tianqu.base.errors import InvalidInput, TianquError, _, at_field
from tianqu.kernel.files.api import discard_file, store_file
from tianqu.kernel.pack.api import PageRequest


@contextmanager
def stored_files(request: PageRequest, *names: str, most: int) -> Iterator[list[UUID]]:
    """Store the files of some inputs of a form, and yield their identifiers; discard them where the block is refused.

    Raises ``InvalidInput`` at the input for a file that is refused, and at ``files`` for more than ``most``.
    """
    sent = [(name, file) for name in names for file in request.FILES.getlist(name)]
    if len(sent) > most:
        raise InvalidInput(
            _("At most %(most)s files are taken at once."), field="files", value=len(sent), most=most
        )  # fmt: skip
    stored: list[UUID] = []
    try:
        for name, file in sent:
            try:
                stored.append(store_file(request.actor, content=file.read(), name=file.name or "file").id)
            except InvalidInput as error:
                raise at_field(error, name) from error
        yield stored
    except TianquError:
        for file_id in stored:
            discard_file(request.actor, file_id=file_id)
        raise
