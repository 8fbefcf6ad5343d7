"""The door of files: everything that other rooms may use."""

from tianqu.kernel.files.acts import (
    discard_file,
    erase_file,
    erase_file_name,
    erase_held,
    hold_file,
    store_file,
    sweep_files,
)
from tianqu.kernel.files.examination import IMAGE_BYTES_MAX, OTHER_BYTES_MAX, as_utf8
from tianqu.kernel.files.models import Kind, StoredFile
from tianqu.kernel.files.names import safe_name
from tianqu.kernel.files.reading import MaySee, OpenedFile, Variant, open_file
from tianqu.kernel.files.sheets import (
    SHEET_BYTES_MAX,
    SHEET_ROWS_MAX,
    UNREADABLE,
    RowFault,
    SheetColumn,
    SheetRead,
    SheetRow,
    day_read,
    read_sheet,
)
from tianqu.kernel.files.workbook_bounds import check_large_workbook, check_lines

__all__ = [
    "IMAGE_BYTES_MAX",
    "OTHER_BYTES_MAX",
    "SHEET_BYTES_MAX",
    "SHEET_ROWS_MAX",
    "UNREADABLE",
    "Kind",
    "MaySee",
    "OpenedFile",
    "RowFault",
    "SheetColumn",
    "SheetRead",
    "SheetRow",
    "StoredFile",
    "Variant",
    "as_utf8",
    "check_large_workbook",
    "check_lines",
    "day_read",
    "discard_file",
    "erase_file",
    "erase_file_name",
    "erase_held",
    "hold_file",
    "open_file",
    "read_sheet",
    "safe_name",
    "store_file",
    "sweep_files",
]
