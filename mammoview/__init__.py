"""A mammography workstation: hanging, display, local classifier, heat maps, annotated export. Not for diagnosis."""

__version__ = "0.1.0"
