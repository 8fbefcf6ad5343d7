"""Names that SDMX, its content-oriented guidelines and this gateway give to things. Source: SDMX 2.1 (ISO 17369)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.conf import settings

from tianqu.kernel.figures.api import PeriodKind, period_kind

VERSION: Final = "1.0"
STRUCTURE: Final = "FIGURES"  # the data structure, and the dataflow of all figures
CONCEPTS: Final = "CS_FIGURES"
DOMAINS: Final = "DOMAINS"
DIMENSIONS: Final = ("FREQ", "FIGURE", "MEASURE")
ATTRIBUTES: Final = ("UNIT_MEASURE", "UNIT_MULT", "DECIMALS", "OBS_STATUS", "EXACT_VALUE")
# Where the values of a component come from: a code list, or a type of text.
CODED: Final = {
    "FREQ": "CL_FREQ", "FIGURE": "CL_FIGURE", "MEASURE": "CL_MEASURE", "UNIT_MEASURE": "CL_UNIT_MEASURE",
    "UNIT_MULT": "CL_UNIT_MULT", "OBS_STATUS": "CL_OBS_STATUS",
}  # fmt: skip
TYPED: Final = {
    "TIME_PERIOD": "ObservationalTimePeriod", "OBS_VALUE": "Decimal", "DECIMALS": "Integer", "EXACT_VALUE": "String",
}  # fmt: skip
Words = tuple[str, str]  # in Chinese and in English
CONCEPT_NAMES: Final[Mapping[str, Words]] = {
    "FREQ": ("频率", "Frequency"), "FIGURE": ("指标", "Figure"), "MEASURE": ("数值或目标", "Value or target"),
    "TIME_PERIOD": ("时期", "Time period"), "OBS_VALUE": ("观测值", "Observation value"),
    "UNIT_MEASURE": ("计量单位", "Unit of measure"), "UNIT_MULT": ("单位乘数", "Unit multiplier"),
    "DECIMALS": ("小数位数", "Decimals"), "OBS_STATUS": ("观测状态", "Observation status"),
    "EXACT_VALUE": ("修约前的准确值", "Exact value before rounding"),
}  # fmt: skip
FREQUENCIES: Final[Mapping[str, Words]] = {"A": ("年", "Annual"), "M": ("月", "Monthly"), "D": ("日", "Daily")}
MEASURES: Final[Mapping[str, Words]] = {"VALUE": ("数值", "Value"), "TARGET": ("目标", "Target")}
MULTIPLIERS: Final[Mapping[str, Words]] = {"0": ("个", "Units")}
STATUSES: Final[Mapping[str, Words]] = {"A": ("正常值", "Normal value")}
LISTS: Final[Mapping[str, Words]] = {
    "CL_FREQ": ("频率", "Frequency"), "CL_FIGURE": ("指标", "Figures"), "CL_MEASURE": ("数值或目标", "Value or target"),
    "CL_UNIT_MEASURE": ("计量单位", "Unit of measure"), "CL_UNIT_MULT": ("单位乘数", "Unit multiplier"),
    "CL_OBS_STATUS": ("观测状态", "Observation status"),
}  # fmt: skip
_UNITS: Final = {"%": "PT", "": "NONE"}
_FREQUENCY_OF: Final = {PeriodKind.YEAR: "A", PeriodKind.MONTH: "M", PeriodKind.DAY: "D"}


def agency() -> str:
    """The agency that keeps the structures: the prefecture by its code, such as "DEZHOU"."""
    return re.sub(r"[^A-Z0-9_-]", "_", settings.TIANQU_SDMX_AGENCY.upper())


def figure_id(code: str) -> str:
    """A figure's code as SDMX may have it: "trade-total". Codes have no "-" of their own, so each stays itself."""
    return code.replace(".", "-")


def unit_id(code: str) -> str:
    """A unit of measure as SDMX may have it."""
    return _UNITS.get(code) or re.sub(r"[^A-Za-z0-9_@$-]", "_", code)


def flow_id(domain: str) -> str:
    """The dataflow of a domain."""
    return f"{STRUCTURE}_{domain_id(domain)}"


def domain_id(domain: str) -> str:
    """A domain as SDMX may have it."""
    return re.sub(r"[^A-Za-z0-9_@$-]", "_", domain)


def frequency(period: str) -> str:
    """How often: by a year, a month or a day. Raises ``InvalidInput`` for what is no period of a figure."""
    return _FREQUENCY_OF[period_kind(period)]
