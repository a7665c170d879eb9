import pytest

from training.data.names import read_names, write_names


def test_a_list_holds_one_name_a_line_with_any_characters(tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes("\ufeffFoto Nr. 42 ä.jpg\r\n\r\nalbum 3/a\u2028b.png\n  \nlast.tif".encode())

    assert read_names(path) == ["Foto Nr. 42 ä.jpg", "album 3/a\u2028b.png", "last.tif"]


def test_a_list_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes("Käthe.jpg\n".encode("latin-1"))

    with pytest.raises(ValueError, match=r"old\.txt is not UTF-8"):
        read_names(path)


def test_a_list_is_read_as_it_was_written(tmp_path):
    names = ["album 3/Käthe am Fluß.jpg", "a\u2028b.png"]

    write_names(tmp_path / "names.txt", names)

    assert read_names(tmp_path / "names.txt") == names
