"""The door of pack: what a pack declares itself with, and what its views return."""

from tianqu.kernel.certificates.api import MINUTES, MONEY, CertificateKind, Whose
from tianqu.kernel.occasions.api import Comer, CountedTime, Holder, Missing, OccasionKind
from tianqu.kernel.pack.checks import PackFaults, check_packs
from tianqu.kernel.pack.contracting import (
    ContractDue,
    ContractEvent,
    Contracting,
    ContractItem,
    ContractPaper,
    ContractParty,
    ContractPayment,
    ContractRelease,
    ContractsAsked,
    ContractsPage,
)
from tianqu.kernel.pack.declarations import (
    EVERYBODY,
    DemoStage,
    DemoStep,
    ItemFamily,
    Job,
    MenuEntry,
    Pack,
    Page,
)
from tianqu.kernel.pack.forms import formed, typed
from tianqu.kernel.pack.languages import named, said
from tianqu.kernel.pack.open_door import OpenView, open_door
from tianqu.kernel.pack.page_request import PageRequest
from tianqu.kernel.pack.refusals import Faults, faults, refusal_said, sentence_said
from tianqu.kernel.pack.results import Data, Download, PageResult, Partial, Redirect, Rendered
from tianqu.kernel.pack.tables import Column, Table, chosen_columns, chosen_sort
from tianqu.kernel.places.api import Role
from tianqu.kernel.rosters.api import (
    LEADING_ROSTERS,
    SHARING_ROSTERS,
    RosterKind,
    RosterMember,
    RostersJoined,
    RosterStaff,
)
from tianqu.kernel.tours.api import Asked, CarrierOffered, Engagement, Standing, TourKind, VisitAsked

__all__ = [
    "EVERYBODY",
    "LEADING_ROSTERS",
    "MINUTES",
    "MONEY",
    "SHARING_ROSTERS",
    "Asked",
    "CarrierOffered",
    "CertificateKind",
    "Column",
    "Comer",
    "ContractDue",
    "ContractEvent",
    "ContractItem",
    "ContractPaper",
    "ContractParty",
    "ContractPayment",
    "ContractRelease",
    "Contracting",
    "ContractsAsked",
    "ContractsPage",
    "CountedTime",
    "Data",
    "DemoStage",
    "DemoStep",
    "Download",
    "Engagement",
    "Faults",
    "Holder",
    "ItemFamily",
    "Job",
    "MenuEntry",
    "Missing",
    "OccasionKind",
    "OpenView",
    "Pack",
    "PackFaults",
    "Page",
    "PageRequest",
    "PageResult",
    "Partial",
    "Redirect",
    "Rendered",
    "Role",
    "RosterKind",
    "RosterMember",
    "RosterStaff",
    "RostersJoined",
    "Standing",
    "Table",
    "TourKind",
    "VisitAsked",
    "Whose",
    "check_packs",
    "chosen_columns",
    "chosen_sort",
    "faults",
    "formed",
    "named",
    "open_door",
    "refusal_said",
    "said",
    "sentence_said",
    "typed",
]
