"""Adapters from published data sets to one table of images. One module per data set."""

from training.data.sets import DataSet, read_data_set

__all__ = ["DataSet", "read_data_set"]
