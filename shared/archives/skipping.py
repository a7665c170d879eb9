"""Which entries are skipped, by their names alone. One without a known extension is tried as a picture."""

from shared.archives.entries import Skip

# What operating systems, file servers and storage devices add to folders: whole folders, with all that is in them. The
# pictures in there are thumbnails and what somebody deleted.
_SYSTEM_FOLDERS = frozenset(
    {
        # macOS
        "__macosx",
        ".appledb",
        ".appledesktop",
        ".appledouble",
        ".documentrevisions-v100",
        ".fseventsd",
        ".pkinstallsandboxmanager",
        ".spotlight-v100",
        ".temporaryitems",
        ".trash",
        ".trashes",
        ".vol",
        "network trash folder",
        "temporary items",
        "thevolumesettingsfolder",
        "ipod photo cache",
        # Windows
        "$recycle.bin",
        "$windows.~bt",
        "found.000",
        "msocache",
        "recycled",
        "recycler",
        "system volume information",
        # Unix, and the desktops on it
        ".dtrash",
        "lost+found",
        # Synology, QNAP, Netgear, NetApp
        "#recycle",
        "#snapshot",
        "@eadir",
        "@recently-snapshot",
        "@recycle",
        "@sharebin",
        "@sharesnap",
        "@synoresource",
        "@tmp",
        ".@__thumb",
        ".@__desc",
        ".@__qini",
        ".@__comments",
        ".@upload_cache",
        ".snapshot",
        "~snapshot",
    }
)
_SYSTEM_FILES = frozenset(
    {
        ".apdisk",
        ".ds_store",
        ".localized",
        ".nomedia",
        ".volumeicon.icns",
        "autorun.inf",
        "desktop.ini",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "icon\r",
        "iconcache.db",
        "photothumb.db",
        "thumbs.db",
        "zbthumbs.db",
    }
)
# `~$` marks the lock files of Office; the dots before `_` those that macOS writes on foreign file systems.
_SYSTEM_BEGINNINGS = ("._", "~$", ".~lock.", ".fuse_hidden", ".smbdelete", ".com.apple.")
# Synology's resource forks, and alternate data streams of NTFS that became files of their own.
_SYSTEM_ENDS = (
    "@synoeastream",
    "@synoresource",
    ":afp_afpinfo",
    ":afp_resource",
    ":com.apple.quarantine",
    ":encryptable",
    ":zone.identifier",
)
_ARCHIVE_EXTENSIONS = "7z ace arj bz2 cab cbr cbz gz iso jar lz lzma rar tar tbz tgz txz xz z zip zst"
_OTHER_EXTENSIONS = """
1st asc bib cfg conf csv db dbf diz doc docm docx eml epub htm html ics indd ini json jsonl jsonld key log md mdb msg
nfo numbers odp ods odt pages pdf plist pps ppt pptm pptx ps pub rdf rst rtf sql sqlite srt tex toml tsv ttl txt vcf
wpd xls xlsm xlsx xml xsd xsl yaml yml
3gp aac aif aiff amr avi flac flv lrv m2ts m4a m4v mid midi mkv mov mp3 mp4 mpeg mpg mts oga ogg ogv opus ts vob wav
webm wma wmv
apk app bat bin class cmd com cpp css dll dmg dylib exe go java js lnk lua msi otf php pkg py pyc rb scr sh so swf sys
ttf url vbs wasm webloc woff woff2
aae acr arp bak bridgesort c2pa cos cpi crdownload dcp dop exv ifo info iptc jbf lcp lrcat lrdata lrprev mie moff
nksc nksx np3 on1 part pp3 pspautosave rpp srf thm tmp torrent trashinfo xmp
cube icc icm lut
aux bpw bpwx gcp geojson gfw gpx j2w jgw jgwx jpgw jpw kml kmz ovr pgw pgwx pngw points prj qgz qml qpj rrd sdw shp shx
tab tfw tfwx tifw wkt wld
b2 b3 blake3 crc crc32 gpg md5 md5sum par2 p7s sfv sha sha1 sha1sum sha224 sha256 sha256sum sha384 sha512 sha512sum sig
"""
# Without an extension; with one of a picture these are pictures.
_OTHER_NAMES = """
authors b2sums bag-info bagit changelog checksums copying licence license makefile manifest md5sum md5sums notice readme
sha1sums sha224sums sha256sum sha256sums sha384sums sha512sums
"""
# Formats of cameras and of Photoshop, whose headers alone are longer than this.
_LARGE_EXTENSIONS = (
    "3fr arw cr2 cr3 crw dcr dng erf iiq kdc mef mos mrw nef nrw orf pef psb psd raf rw2 rwl sr2 srw x3f"
)
_LARGE_BYTES = 512

_ARCHIVES = frozenset(_ARCHIVE_EXTENSIONS.split())
_OTHERS = frozenset(_OTHER_EXTENSIONS.split())
_NAMES = frozenset(_OTHER_NAMES.split())
_LARGE = frozenset(_LARGE_EXTENSIONS.split())


def skip_by_name(name: str, size: int | None = None) -> Skip | None:
    """Why an entry with this name is skipped, or None. Both `/` and `\\` separate folders.

    `size` matters only for names of formats that are never as small: a stub is no picture.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts:
        return "directory"
    lower = [part.lower() for part in parts]
    last = lower[-1]
    if not _SYSTEM_FOLDERS.isdisjoint(lower) or _is_system_file(last) or any(map(_is_trash, lower)):
        return "system_file"
    if any(part.startswith(".") for part in parts):
        return "hidden_file"
    extension = last.rpartition(".")[2] if "." in last else ""
    if extension in _ARCHIVES:
        return "nested_archive"
    if extension in _LARGE and size is not None and 0 < size < _LARGE_BYTES:
        return "not_an_image"
    return "not_an_image" if extension in _OTHERS or last in _NAMES else None


def _is_system_file(last: str) -> bool:
    return last in _SYSTEM_FILES or last.startswith(_SYSTEM_BEGINNINGS) or last.endswith(_SYSTEM_ENDS)


def _is_trash(part: str) -> bool:
    """The trash of a Unix desktop on a removable disk is called after its user: `.Trash-1000`."""
    return part.startswith(".trash-")
