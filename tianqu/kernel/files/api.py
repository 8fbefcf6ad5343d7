"""The door of files: everything that other rooms may use."""

from tianqu.kernel.files.acts import discard_file, erase_file, erase_held, hold_file, store_file, sweep_files
from tianqu.kernel.files.examination import IMAGE_BYTES_MAX, OTHER_BYTES_MAX, as_utf8
from tianqu.kernel.files.models import Kind, StoredFile
from tianqu.kernel.files.names import safe_name
from tianqu.kernel.files.reading import MaySee, OpenedFile, Variant, open_file

__all__ = [
    "IMAGE_BYTES_MAX",
    "OTHER_BYTES_MAX",
    "Kind",
    "MaySee",
    "OpenedFile",
    "StoredFile",
    "Variant",
    "as_utf8",
    "discard_file",
    "erase_file",
    "erase_held",
    "hold_file",
    "open_file",
    "safe_name",
    "store_file",
    "sweep_files",
]
