"""The table of certificates. What everybody may see of one stands in the journal; the paper is its owner's."""

from __future__ import annotations

from django.db import models

from tianqu.kernel.places.api import PathField


class Certificate(models.Model):
    """A certificate of what an account moved over some days, as it was issued; afterwards it can be revoked alone.

    What everybody may see is the body of its journal entry ("certificate:" and this identifier), which holds the hash
    of ``content``. ``unit_id`` and ``place_path`` are those of the office that answers for whose it is.
    """

    id = models.UUIDField(primary_key=True)  # given by the client
    kind = models.TextField()  # the code of a CertificateKind
    code = models.TextField(unique=True)  # printed on the paper, and the address of its page
    of_person = models.BooleanField()  # a person's own, else that of an account of a unit
    person_id = models.UUIDField(null=True)  # personal data by reference; goes when they are erased
    unit_id = models.UUIDField()
    place_path = PathField()
    book = models.TextField()  # of ledgers; "" for the accounts of this code in every book
    account = models.TextField()
    first_day = models.DateField()
    last_day = models.DateField()
    amount = models.BigIntegerField()  # in the kind's smallest unit
    content = models.TextField()  # name, facts and lines as canonical JSON: personal data, emptied with the person
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "certificates_certificate"
        indexes = [
            models.Index(fields=["person_id", "-issued_at"], name="certificates_person"),
            models.Index(fields=["account", "-issued_at"], name="certificates_account"),
        ]
