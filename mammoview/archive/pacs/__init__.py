"""DICOM archives on the network (PACS): which there are, what is asked of them, what they send. No Qt."""
