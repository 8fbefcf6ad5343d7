"""Anybody's check of a certificate's proof file, with the log's key alone. Needs no database and no Django."""

from __future__ import annotations

import hashlib
import json

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.offline import VerifierKey, verify_proof_file

FORMAT = "tianqu.certificate-proof/1"
FORMATS = (FORMAT, "tianqu.practice.certificate-proof/1")  # as certificates of hours were proved at first
ACTS = ("certificates.issue", "practice.issue_certificate")


def is_certificate(data: bytes) -> bool:
    """Say whether a file claims to be a certificate's proof file."""
    return any(form.encode() in data for form in FORMATS)


def check_certificate(data: bytes, key: VerifierKey) -> list[str]:
    """What a proof file proves, in sentences. Raises ``InvalidInput`` or ``ProofRefused`` for one that proves nothing.

    With the content, which its owner alone can hand on, the name and every line are proved, too.
    """
    try:
        told = json.loads(data)
        body, content = told["body"].encode(), str(told["content"])
        verified = verify_proof_file(told["proof"].encode(), key, body=body, salt=bytes.fromhex(told["salt"]))
        read, said = json.loads(body), [*verified.statements]
        after, whole = read["after"], json.loads(content) if content else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(_("This is no proof file of a certificate."), field="file", value=str(error)[:80]) from error
    if read["act"] not in ACTS:
        raise InvalidInput(_("The entry is not that of a certificate."), field="act", value=str(read["act"])[:80])
    said.append(f"It certifies: {json.dumps(after['told'], ensure_ascii=False, sort_keys=True)}")
    if whole is None:
        return said
    if hashlib.sha256(content.encode()).hexdigest() != after["content"]:
        raise InvalidInput(_("The certificate was changed: its content is not what the entry says."), field="content")
    unit = whole.get("unit", "minutes")
    return [*said, f"Its content is what the entry says: {whole['name']}, {whole[unit]} {unit} in"
                   f" {len(whole['lines'])} lines."]  # fmt: skip
