"""Values and maths: numpy, OpenCV, Pillow and the standard library. No files, no Qt, no DICOM, no TensorFlow."""
