"""The model bundle and how it is run. Knows nothing of DICOM files or windows."""
