"""Reading zips and tars by their index, under limits, without unpacking them. Knows storage, but no job."""
