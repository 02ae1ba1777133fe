"""DICOM objects that are no images: what other makers lay over them is read, what is said here is written."""
