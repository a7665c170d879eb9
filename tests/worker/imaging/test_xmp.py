import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.worker.imaging.pictures import PROVENANCE
from worker.imaging.xmp import DIGITAL_SOURCE_TYPE, NOTICE, with_provenance

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def packet(inside: str) -> bytes:
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}">{inside}</rdf:RDF></x:xmpmeta>\n\n\n<?xpacket end="w"?>'
    ).encode()


def source_types(result: bytes) -> list[str]:
    """All values of the property, in either notation."""
    tree = ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", result))
    name = f"{{{EXT}}}DigitalSourceType"
    written = [e.attrib[name] for e in tree.iter() if name in e.attrib]
    return written + [e.text or e.attrib.get(f"{{{RDF}}}resource", "") for e in tree.iter(name)]


def test_a_picture_without_xmp_gets_a_new_packet():
    result = with_provenance(None, PROVENANCE)

    assert source_types(result) == [DIGITAL_SOURCE_TYPE]
    assert b"shipped sha256:" + b"ab" * 32 in result


@pytest.mark.parametrize(
    "inside",
    [
        f'<rdf:Description rdf:about="" xmlns:e="{EXT}" e:DigitalSourceType="old" e:Event="Fair"/>',
        f"<rdf:Description xmlns:e='{EXT}' e:Event='Fair' e:DigitalSourceType = 'old'></rdf:Description>",
        f'<rdf:Description xmlns:e="{EXT}"><e:Event>Fair</e:Event>'
        f"<e:DigitalSourceType>old</e:DigitalSourceType></rdf:Description>",
        f'<rdf:Description xmlns:e="{EXT}" e:Event="Fair"><e:DigitalSourceType rdf:resource="old"/></rdf:Description>',
    ],
)
def test_an_older_statement_is_replaced_and_other_properties_stay(inside):
    result = with_provenance(packet(inside), PROVENANCE)

    assert source_types(result) == [DIGITAL_SOURCE_TYPE]
    assert b"Fair" in result


def test_all_other_bytes_stay_as_they_were():
    old = packet('<rdf:Description rdf:about="" xmlns:dc="urn:dc" dc:title="Torvet &amp; havnen – æøå"/><!-- note -->')

    result = with_provenance(old, PROVENANCE)

    head, tail = old.split(b"</rdf:RDF>")
    assert result.startswith(head)
    assert result.endswith(b"</rdf:RDF>" + tail)


def test_marking_twice_is_marking_once():
    once = with_provenance(packet('<rdf:Description rdf:about="uuid:1" xmlns:d="urn:d" d:x="1"/>'), PROVENANCE)

    twice = with_provenance(once, PROVENANCE)

    assert source_types(twice) == [DIGITAL_SOURCE_TYPE]
    assert twice.count(b"AISystemUsed") == 1
    assert b'rdf:about="uuid:1"' in twice.split(b"AISystemUsed")[0].rsplit(b"<rdf:Description", 1)[1]


@pytest.mark.parametrize(
    "inside",
    [
        '<rdf:Description xmlns:c="http://purl.org/dc/elements/1.1/" c:description="Fair"/>',
        '<rdf:Description xmlns:c="http://purl.org/dc/elements/1.1/"><c:description><rdf:Alt>'
        '<rdf:li xml:lang="x-default">Fair</rdf:li></rdf:Alt></c:description></rdf:Description>',
    ],
)
def test_the_notice_leaves_a_description_of_the_archive_alone(inside):
    result = with_provenance(packet(inside), PROVENANCE)

    assert inside.encode() in result
    assert result.count(b"description") == packet(inside).count(b"description")
    assert result.count(NOTICE.encode()) == 1


def test_the_notice_is_the_description_of_a_picture_without_one_and_stays_so():
    once = with_provenance(None, PROVENANCE)
    twice = with_provenance(once, PROVENANCE)

    for result in (once, twice):
        tree = ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", result))
        descriptions = tree.findall(".//{http://purl.org/dc/elements/1.1/}description")
        assert ["".join(each.itertext()) for each in descriptions] == [NOTICE]
        assert result.count(b"photochrom:Notice") == 1


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + packet("&b;"),
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + packet("&f;"),
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + packet(""),
        b"<rdf:RDF",
        b"\xff\xfe<\0x\0",
        b"",
        b"<other/>",
        f'<r:RDF xmlns:r="{RDF}"/>'.encode(),
    ],
)
def test_a_hostile_packet_is_replaced_without_expanding_or_fetching_anything(hostile):
    assert with_provenance(hostile, PROVENANCE) == with_provenance(None, PROVENANCE)


def test_names_are_escaped():
    result = with_provenance(None, replace(PROVENANCE, checkpoint='a"<&b'))

    assert source_types(result) == [DIGITAL_SOURCE_TYPE]


def test_the_prompt_replaces_an_older_prompt():
    prompted = replace(PROVENANCE, prompt='0.5,0.5,#b03020 & "more"')
    old = packet(f'<rdf:Description xmlns:e="{EXT}" e:AIPromptInformation="a red car" e:Event="Fair"/>')

    for provenance, prompts in ((prompted, [prompted.prompt]), (PROVENANCE, [])):
        result = with_provenance(old, provenance)
        tree = ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", result))
        name = f"{{{EXT}}}AIPromptInformation"
        assert [element.attrib[name] for element in tree.iter() if name in element.attrib] == prompts
        assert b"Fair" in result
