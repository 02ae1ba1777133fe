"""De-identification of DICOM files: PS3.15 Annex E, with pixels. Never shows or logs what it takes out."""
