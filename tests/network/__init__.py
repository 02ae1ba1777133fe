"""Archives on the network: made ones within the process, Orthanc and dcmtk where they are installed."""
