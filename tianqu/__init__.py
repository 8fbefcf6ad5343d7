"""Tianqu 天衢: the open platform on which a prefecture runs its public services."""
