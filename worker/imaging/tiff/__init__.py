"""Reads TIFF: walks the tree of directories, chooses the picture, decodes it with tifffile and imagecodecs."""
