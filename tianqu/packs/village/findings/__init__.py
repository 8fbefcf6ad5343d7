"""Findings: opened by an auditor, rectified by the village, closed by an inspector of another office."""
