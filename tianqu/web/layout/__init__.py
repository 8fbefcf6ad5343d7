"""The frame of every page: templates, macros, formats, navigation and error pages."""
