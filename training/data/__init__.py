"""Adapters from published data sets to one table of images. One module per data set."""
