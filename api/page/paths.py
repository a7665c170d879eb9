"""Which paths are the page's. The page itself asks for everything else below `/v1`, where a caller is needed."""

# Views: each answers with the same document, whose script shows what the path names (web/src/app/Routes.tsx).
VIEWS = ("/", "/jobs", "/jobs/{view:path}", "/settings")
# Files: the build's, which have a hash in their names, and those that are served as they are.
HASHED = "/assets/"
UNHASHED = "/page/"


def is_lost(path: str, accept: str) -> bool:
    """Whether a browser asks for an address that does not exist. Programs do not accept HTML."""
    return "text/html" in accept and path != "/v1" and not path.startswith(("/v1/", HASHED, UNHASHED))


def is_of_page(path: str) -> bool:
    return path in {"/", "/jobs", "/settings"} or path.startswith(("/jobs/", HASHED, UNHASHED))
