"""The preview of a picture in other colors, at once: nothing is stored. Whole jobs are colorized by `submission/`."""
