"""What is worth knowing about a picture that was read all the same: stable codes, each with a sentence."""

DAMAGED_METADATA = "damaged_metadata"
MISSING_END = "missing_end"

NOTES = {
    DAMAGED_METADATA: "A part of the metadata has a wrong checksum or length and was left out. All pixels are intact.",
    MISSING_END: "The file lacks its end marker. All pixels are there.",
}
