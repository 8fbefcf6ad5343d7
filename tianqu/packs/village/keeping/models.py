"""The photos and papers of a voucher. The voucher itself is a transfer of the village's book."""

from __future__ import annotations

from typing import Final

from django.db import models

from tianqu.kernel.places.api import PathField


class VoucherKind(models.TextChoices):
    """What a voucher is, as a bookkeeper tells them apart: 收款, 付款, 转账."""

    RECEIPT = "receipt"
    PAYMENT = "payment"
    TRANSFER = "transfer"  # between cash and bank, or where no cash moves


COMPOUND: Final = "compound"  # the kind of a voucher of as many accounts as it takes


class VoucherPaper(models.Model):
    """A photo or paper of a voucher, under the identifier of its stored file. Never changed; its name may be erased."""

    id = models.UUIDField(primary_key=True)
    transfer_id = models.UUIDField()
    place_path = PathField()  # of the book
    name = models.TextField()  # may be personal data
    media_type = models.TextField()
    size = models.BigIntegerField()  # bytes
    at = models.DateTimeField()
    person_id = models.UUIDField(null=True)  # personal data by reference
    post_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    class Meta:
        db_table = "village_voucher_paper"
        indexes = [models.Index(fields=["transfer_id", "at"], name="village_voucher_paper_of")]
