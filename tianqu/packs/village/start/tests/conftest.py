"""The stage of findings, on which everybody who works for a village has a desk."""

from tianqu.packs.village.findings.tests.conftest import stage as stage
