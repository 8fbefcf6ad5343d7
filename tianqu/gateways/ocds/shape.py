"""The fields of OCDS 1.1, each with what it may hold. Source: https://standard.open-contracting.org/1.1/en/schema/reference/.

What a field holds is said in a word: ``text``, ``id`` (a text or a whole number), ``moment``, ``uri``, ``number``,
``whole``, ``flag``, ``anything``, the name of an object, or one of these in brackets for a list of them. A word behind
a colon names the closed codelist that a text comes from. ``NEEDED`` are the fields that an object cannot do without.
"""

from __future__ import annotations

from typing import Final

PACKAGE_HEAD: Final = {
    "uri": "uri", "version": "text", "extensions": "[uri]", "publishedDate": "moment", "publisher": "Publisher",
    "license": "uri", "publicationPolicy": "uri", "links": "Links",
}  # fmt: skip
TIMES: Final = {"dateModified": "moment"}
PAPERS: Final = {"documents": "[Document]"}
SHAPES: Final[dict[str, dict[str, str]]] = {
    "ReleasePackage": PACKAGE_HEAD | {"releases": "[Release]"},
    "RecordPackage": PACKAGE_HEAD | {"packages": "[uri]", "records": "[Record]"},
    "Record": {
        "ocid": "text", "releases": "[AnyRelease]", "compiledRelease": "Release", "versionedRelease": "anything",
    },
    "LinkedRelease": {"url": "uri", "date": "moment", "tag": "[text:releaseTag]"},
    "Publisher": {"name": "text", "scheme": "text", "uid": "text", "uri": "uri"},
    "Links": {"next": "uri", "prev": "uri", "all": "uri"},
    "Release": {
        "ocid": "text", "id": "text", "date": "moment", "tag": "[text:releaseTag]", "initiationType":
        "text:initiationType", "parties": "[Organization]", "buyer": "Reference", "planning": "Planning",
        "tender": "Tender", "awards": "[Award]", "contracts": "[Contract]", "language": "text",
        "relatedProcesses": "[RelatedProcess]",
    },
    "Planning": {"rationale": "text", "budget": "Budget", "milestones": "[Milestone]"} | PAPERS,
    "Budget": {
        "id": "id", "description": "text", "amount": "Value", "project": "text", "projectID": "id", "uri": "uri",
        "source": "uri",
    },
    "Tender": {
        "id": "id", "title": "text", "description": "text", "status": "text:tenderStatus",
        "procuringEntity": "Reference", "items": "[Item]", "value": "Value", "minValue": "Value",
        "procurementMethod": "text:method", "procurementMethodDetails": "text", "procurementMethodRationale": "text",
        "mainProcurementCategory": "text:procurementCategory", "additionalProcurementCategories": "[text]",
        "awardCriteria": "text", "awardCriteriaDetails": "text", "submissionMethod": "[text]",
        "submissionMethodDetails": "text", "tenderPeriod": "Period", "enquiryPeriod": "Period", "hasEnquiries": "flag",
        "eligibilityCriteria": "text", "awardPeriod": "Period", "contractPeriod": "Period",
        "numberOfTenderers": "whole", "tenderers": "[Reference]", "milestones": "[Milestone]",
        "amendments": "[Amendment]", "amendment": "Amendment",
    } | PAPERS,
    "Award": {
        "id": "id", "title": "text", "description": "text", "status": "text:awardStatus", "date": "moment",
        "value": "Value", "suppliers": "[Reference]", "items": "[Item]", "contractPeriod": "Period",
        "amendments": "[Amendment]", "amendment": "Amendment",
    } | PAPERS,
    "Contract": {
        "id": "id", "awardID": "id", "title": "text", "description": "text", "status": "text:contractStatus",
        "period": "Period", "value": "Value", "items": "[Item]", "dateSigned": "moment",
        "implementation": "Implementation", "relatedProcesses": "[RelatedProcess]", "milestones": "[Milestone]",
        "amendments": "[Amendment]", "amendment": "Amendment",
    } | PAPERS,
    "Implementation": {"transactions": "[Transaction]", "milestones": "[Milestone]"} | PAPERS,
    "Milestone": {
        "id": "id", "title": "text", "type": "text", "description": "text", "code": "text", "dueDate": "moment",
        "dateMet": "moment", "status": "text:milestoneStatus",
    } | PAPERS | TIMES,
    "Document": {
        "id": "id", "documentType": "text", "title": "text", "description": "text", "url": "uri",
        "datePublished": "moment", "format": "text", "language": "text",
    } | TIMES,
    "Transaction": {
        "id": "id", "source": "uri", "date": "moment", "value": "Value", "payer": "Reference", "payee": "Reference",
        "uri": "uri", "amount": "Value", "providerOrganization": "Identifier", "receiverOrganization": "Identifier",
    },
    "Reference": {
        "id": "id", "name": "text", "identifier": "Identifier", "address": "Address",
        "additionalIdentifiers": "[Identifier]", "contactPoint": "ContactPoint",
    },
    "Organization": {
        "id": "text", "name": "text", "identifier": "Identifier", "additionalIdentifiers": "[Identifier]",
        "address": "Address", "contactPoint": "ContactPoint", "roles": "[text]", "details": "anything",
    },
    "Item": {
        "id": "id", "description": "text", "classification": "Classification",
        "additionalClassifications": "[Classification]", "quantity": "number", "unit": "Unit",
    },
    "Unit": {"scheme": "text", "id": "text", "name": "text", "value": "Value", "uri": "uri"},
    "Amendment": {
        "id": "text", "date": "moment", "rationale": "text", "description": "text", "amendsReleaseID": "text",
        "releaseID": "text", "changes": "anything",
    },
    "Classification": {"scheme": "text", "id": "id", "description": "text", "uri": "uri"},
    "Identifier": {"scheme": "text", "id": "id", "legalName": "text", "uri": "uri"},
    "Address": {
        "streetAddress": "text", "locality": "text", "region": "text", "postalCode": "text", "countryName": "text",
    },
    "ContactPoint": {"name": "text", "email": "text", "telephone": "text", "faxNumber": "text", "url": "uri"},
    "Value": {"amount": "number", "currency": "text:currency"},
    "Period": {"startDate": "moment", "endDate": "moment", "maxExtentDate": "moment", "durationInDays": "whole"},
    "RelatedProcess": {
        "id": "text", "relationship": "[text]", "title": "text", "scheme": "text", "identifier": "text", "uri": "uri",
    },
}  # fmt: skip
NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "ReleasePackage": ("uri", "version", "publishedDate", "publisher", "releases"),
    "RecordPackage": ("uri", "version", "publishedDate", "publisher", "records"),
    "Record": ("ocid", "releases"), "LinkedRelease": ("url", "date", "tag"),
    "Publisher": ("name",),
    "Release": ("ocid", "id", "date", "tag", "initiationType"),
    "Contract": ("id", "awardID"),
    "Reference": ("id",), "Organization": ("id",),
    **dict.fromkeys(("Tender", "Award", "Milestone", "Document", "Transaction", "Item"), ("id",)),
}  # fmt: skip
# ISO 4217, those that are no more among them.
CURRENCIES: Final = """
    ADP AED AFA AFN ALK ALL AMD ANG AOA AOK AON AOR ARA ARP ARS ARY ATS AUD AWG AYM AZM AZN BAD BAM BBD BDT BEC
    BEF BEL BGJ BGK BGL BGN BHD BIF BMD BND BOB BOP BOV BRB BRC BRE BRL BRN BRR BSD BTN BUK BWP BYB BYN BYR BZD
    CAD CDF CHC CHE CHF CHW CLF CLP CNY COP COU CRC CSD CSJ CSK CUC CUP CVE CYP CZK DDM DEM DJF DKK DOP DZD ECS
    ECV EEK EGP ERN ESA ESB ESP ETB EUR FIM FJD FKP FRF GBP GEK GEL GHC GHP GHS GIP GMD GNE GNF GNS GQE GRD GTQ
    GWE GWP GYD HKD HNL HRD HRK HTG HUF IDR IEP ILP ILR ILS INR IQD IRR ISJ ISK ITL JMD JOD JPY KES KGS KHR KMF
    KPW KRW KWD KYD KZT LAJ LAK LBP LKR LRD LSL LSM LTL LTT LUC LUF LUL LVL LVR LYD MAD MDL MGA MGF MKD MLF MMK
    MNT MOP MRO MRU MTL MTP MUR MVQ MVR MWK MXN MXP MXV MYR MZE MZM MZN NAD NGN NIC NIO NLG NOK NPR NZD OMR PAB
    PEH PEI PEN PES PGK PHP PKR PLN PLZ PTE PYG QAR RHD ROK ROL RON RSD RUB RUR RWF SAR SBD SCR SDD SDG SDP SEK
    SGD SHP SIT SKK SLL SOS SRD SRG SSP STD STN SUR SVC SYP SZL THB TJR TJS TMM TMT TND TOP TPE TRL TRY TTD TWD
    TZS UAH UAK UGS UGW UGX USD USN USS UYI UYN UYP UYU UYW UZS VEB VEF VES VNC VND VUV WST XAF XAG XAU XBA XBB
    XBC XBD XCD XDR XEU XFO XFU XOF XPD XPF XPT XRE XSU XTS XUA XXX YDD YER YUD YUM YUN ZAL ZAR ZMK ZMW ZRN ZRZ
    ZWC ZWD ZWL ZWN ZWR
"""
CODES: Final[dict[str, frozenset[str]]] = {
    "releaseTag": frozenset({
        "planning", "planningUpdate", "tender", "tenderAmendment", "tenderUpdate", "tenderCancellation", "award",
        "awardUpdate", "awardCancellation", "contract", "contractUpdate", "contractAmendment", "implementation",
        "implementationUpdate", "contractTermination", "compiled",
    }),
    "initiationType": frozenset({"tender"}),
    "tenderStatus": frozenset(
        {"planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"}
    ),
    "method": frozenset({"open", "selective", "limited", "direct"}),
    "procurementCategory": frozenset({"goods", "works", "services"}),
    "awardStatus": frozenset({"pending", "active", "cancelled", "unsuccessful"}),
    "contractStatus": frozenset({"pending", "active", "cancelled", "terminated"}),
    "milestoneStatus": frozenset({"scheduled", "met", "notMet", "partiallyMet"}),
    "currency": frozenset(CURRENCIES.split()),
}  # fmt: skip
# Texts that may be given in further languages, as title_en.
SAID_IN_LANGUAGES: Final = frozenset({
    "title", "description", "rationale", "name", "source", "project", "procurementMethodRationale",
    "awardCriteriaDetails", "submissionMethodDetails", "eligibilityCriteria", "legalName", "countryName",
})  # fmt: skip
# Lists that hold something, where they stand at all.
NEVER_EMPTY: Final = frozenset({"releases", "records", "tag", "items"})
