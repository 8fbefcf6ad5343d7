"""The front door of figures: the consistency checker of what is printed."""

from tianqu.kernel.figures.consistency.certificates import Multiplied, Row, fits, proves
from tianqu.kernel.figures.consistency.figures import Figure, Name, Quoted, Sentence
from tianqu.kernel.figures.consistency.printed import Printed, Rounding, Word, read_printed
from tianqu.kernel.figures.consistency.reading import Bulletin, FileFault, read_bulletin, read_file
from tianqu.kernel.figures.consistency.relations import (
    AtMost,
    Difference,
    Each,
    Growth,
    Order,
    Ratio,
    Relation,
    Same,
    Share,
    Streak,
    Sum,
)
from tianqu.kernel.figures.consistency.reporting import checked_json, checked_lines
from tianqu.kernel.figures.consistency.solving import (
    Checked,
    Component,
    Conflict,
    Untested,
    Verdict,
    check_figures,
)
from tianqu.kernel.figures.consistency.spans import Span
from tianqu.kernel.figures.consistency.telling import certificate_said, conflict_said
from tianqu.kernel.figures.consistency.units import UNITS, MeasureUnit, unit_with

__all__ = [
    "UNITS",
    "AtMost",
    "Bulletin",
    "Checked",
    "Component",
    "Conflict",
    "Difference",
    "Each",
    "Figure",
    "FileFault",
    "Growth",
    "MeasureUnit",
    "Multiplied",
    "Name",
    "Order",
    "Printed",
    "Quoted",
    "Ratio",
    "Relation",
    "Rounding",
    "Row",
    "Same",
    "Sentence",
    "Share",
    "Span",
    "Streak",
    "Sum",
    "Untested",
    "Verdict",
    "Word",
    "certificate_said",
    "check_figures",
    "checked_json",
    "checked_lines",
    "conflict_said",
    "fits",
    "proves",
    "read_bulletin",
    "read_file",
    "read_printed",
    "unit_with",
]
