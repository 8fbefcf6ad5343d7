"""The door of notices: everything that other rooms may use."""

from tianqu.kernel.notices.delivery import Delivered, deliver_due
from tianqu.kernel.notices.models import Channel, Notice
from tianqu.kernel.notices.outbox import (
    Digest,
    ListedNotice,
    addresses_of,
    erase_notices,
    mark_read,
    notices_of,
    preferences_of,
    prepare_notice,
    queue_digests,
    queue_notice,
    queue_notices,
    set_address,
    set_preference,
    unread_count,
)
from tianqu.kernel.notices.reachable import allowed_schemes
from tianqu.kernel.notices.templates import (
    NoticeTemplate,
    Words,
    known_templates,
    register_link,
    register_templates,
    template_called,
    words_of,
)

__all__ = [
    "Channel",
    "Delivered",
    "Digest",
    "ListedNotice",
    "Notice",
    "NoticeTemplate",
    "Words",
    "addresses_of",
    "allowed_schemes",
    "deliver_due",
    "erase_notices",
    "known_templates",
    "mark_read",
    "notices_of",
    "preferences_of",
    "prepare_notice",
    "queue_digests",
    "queue_notice",
    "queue_notices",
    "register_link",
    "register_templates",
    "set_address",
    "set_preference",
    "template_called",
    "unread_count",
    "words_of",
]
