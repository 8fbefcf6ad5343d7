"""The domains that figures belong to, which are those of the programme, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

FIGURE_DOMAINS: Final[Mapping[str, tuple[str, str]]] = {
    "consortium": ("合作社", "Cooperatives"), "culture": ("文化", "Culture"),
    "donors": ("无偿献血与造血干细胞捐献", "Blood and marrow donors"),
    "enterprise": ("国企与金融", "State-owned firms and finance"), "environment": ("生态环境", "Environment"),
    "factors": ("要素配置", "Land and factors"), "fiscal": ("财政", "Public finance"),
    "grassroots": ("基层治理", "Grassroots governance"), "open-economy": ("对外开放", "Open economy"),
    "process": ("行政审批", "Administrative procedures"), "programme": ("改革攻坚", "The reform programme"),
    "public-health": ("公共卫生", "Public health"), "rule-of-law": ("法治", "Rule of law"),
    "rural": ("农业农村", "Countryside"), "science-education": ("科技教育", "Science and education"),
    "talent": ("人才", "Talent"), "village-oversight": ("村级监督", "Oversight of villages"),
    "volunteers": ("志愿服务", "Volunteers"),
}  # fmt: skip


def figure_domain(code: str) -> tuple[str, str]:
    """What a domain is called in Chinese and in English; its code where the list does not have it."""
    return FIGURE_DOMAINS.get(code, (code, code))
