"""I: what file servers, operating systems and programs leave beside pictures."""

from tests.cases.case import Case
from tests.cases.listings import described
from tests.shared.archives.making import Forged, forge_zip, index_zip

NAS = """
Family/1931.jpg
Family/@eaDir/1931.jpg/SYNOPHOTO_THUMB_XL.jpg
Family/@eaDir/1931.jpg/SYNOPHOTO_THUMB_M.jpg
Family/1931.jpg@SynoEAStream
Family/#recycle/old.jpg
Family/.@__thumb/default1931.jpg
Family/@Recycle/old2.jpg
$RECYCLE.BIN/S-1-5-21/$RAB12CD.jpg
System Volume Information/IndexerVolumeGuid
Family/iPod Photo Cache/T1.jpg
lost+found/
"""
SYSTEMS = """
a.jpg
.DS_Store
Thumbs.db
.Trashes/501/b.jpg
.Trash-1000/files/b.jpg
.Spotlight-V100/Store-V2/c.jpg
.AppleDouble/a.jpg
__MACOSX/._a.jpg
RECYCLER/S-1-5-21/Dd1.jpg
@Recently-Snapshot/GMT/a.jpg
~$captions.docx
.fseventsd/0000
"""
SIDECARS = """
aerial/r1.jpg
aerial/r1.jgw
aerial/r1.tfw
aerial/r1.prj
aerial/r1.tif.aux.xml
SHA256SUMS
README
LICENSE
scanner.icc
pspbrwse.jbf
ZbThumbnail.info
IMG_1.NEF.nksc
Picasa.ini
a.gpx
x.dng.xmp
cover.psb
film.cr2
bagit.txt
manifest-md5.txt
AlbumData.plist
p.kml
p.kmz
"""


def listed(names: str) -> str:
    lines = names.strip().splitlines()
    return described(lambda: index_zip(forge_zip(Forged(line.encode(), b"II*\0" + bytes(40)) for line in lines)))


CASES = [
    Case(
        letter="I",
        name="zip_nas.zip",
        situation="A folder of a NAS: thumbnails, deleted pictures, snapshots.",
        right="Family/1931.jpg; 1 directory; 9 system_file",
        check=lambda: listed(NAS),
    ),
    Case(
        letter="I",
        name="zip_systems.zip",
        situation="What operating systems leave on a disk.",
        right="a.jpg; 11 system_file",
        check=lambda: listed(SYSTEMS),
    ),
    Case(
        letter="I",
        name="zip_sidecars.zip",
        situation="One aerial picture among what lies beside such files; a raw and a PSB are stubs of 44 bytes.",
        right="aerial/r1.jpg; 21 not_an_image",
        check=lambda: listed(SIDECARS),
    ),
]
