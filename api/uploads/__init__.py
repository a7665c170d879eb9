"""Files uploaded part by part, before a job refers to them. Bodies of submissions are in `submission/`."""
