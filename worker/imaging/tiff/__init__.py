"""Reading TIFF: the tree of directories, the picture in it, its samples. Decoded by tifffile and imagecodecs."""
