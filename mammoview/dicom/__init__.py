"""Files in, files out: DICOM objects and plain pictures. Knows nothing of models or windows."""
