"""Releases by mail: asked for, confirmed by a link, sent when public, ended by a link in each mail."""
