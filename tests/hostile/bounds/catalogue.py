"""All bounds that are measured."""

from tests.hostile.bounds.deadlines import DEADLINES
from tests.hostile.bounds.http import HTTP_BOUNDS
from tests.hostile.bounds.pictures import PICTURE_BOUNDS

BOUNDS = [*HTTP_BOUNDS, *PICTURE_BOUNDS, *DEADLINES]
