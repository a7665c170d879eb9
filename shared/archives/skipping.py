"""Which entries are skipped, by their names alone. One without a known extension is tried as a picture."""

from shared.archives.entries import Skip

_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", "icon\r"})
_ARCHIVE_EXTENSIONS = "7z ace arj bz2 cab cbr cbz gz iso jar lz lzma rar tar tbz tgz txz xz z zip zst"
_OTHER_EXTENSIONS = """
asc bib cfg conf csv db dbf doc docm docx eml epub htm html ics indd ini json jsonl key log md md5 mdb msg numbers odp
ods odt pages pdf pps ppt pptm pptx ps pub rdf rst rtf sfv sha1 sha256 sha512 sql sqlite srt tex toml tsv txt vcf wpd
xls xlsm xlsx xmp xml xsd xsl yaml yml
3gp aac aif aiff amr avi flac flv m2ts m4a m4v mid midi mkv mov mp3 mp4 mpeg mpg mts oga ogg ogv opus ts vob wav webm
wma wmv
apk app bat bin class cmd com cpp css dll dmg dylib exe go java js lnk lua msi otf php pkg py pyc rb scr sh so swf sys
ttf url vbs wasm webloc woff woff2
aae bak bridgesort cos crdownload dop ifo lrcat lrdata lrprev on1 part pp3 thm tmp torrent
"""
_ARCHIVES = frozenset(_ARCHIVE_EXTENSIONS.split())
_OTHERS = frozenset(_OTHER_EXTENSIONS.split())


def skip_by_name(name: str) -> Skip | None:
    """Why an entry with this name is skipped, or None. Both `/` and `\\` separate folders."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts:
        return "directory"
    last = parts[-1].lower()
    if "__MACOSX" in parts or last in _SYSTEM_FILES or last.startswith("._"):
        return "system_file"
    if any(part.startswith(".") for part in parts):
        return "hidden_file"
    extension = last.rpartition(".")[2] if "." in last else ""
    if extension in _ARCHIVES:
        return "nested_archive"
    return "not_an_image" if extension in _OTHERS else None
