"""The headers of the page: it shows pictures that strangers made, so nothing but its own scripts may run."""

from urllib.parse import urlsplit

from shared.settings import StorageSettings

UNCHANGING = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"


def page_headers(storage: StorageSettings) -> dict[str, str]:
    return {
        "Content-Security-Policy": content_security_policy(storage),
        # Not no-referrer: with that, browsers send `Origin: null`, which a request with a session must not have.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def content_security_policy(storage: StorageSettings) -> str:
    """Of other origins only storage's, where the browser sends parts of uploads and gets results from."""
    bucket = " ".join(["'self'", *storage_origins(storage)])
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"{bucket} blob: data:",
        "connect-src": bucket,
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def storage_origins(storage: StorageSettings) -> list[str]:
    if storage.public_endpoint_url is None:
        return []
    url = urlsplit(storage.public_endpoint_url)
    origins = [f"{url.scheme}://{url.netloc}"]
    return origins if storage.path_style else [*origins, f"{url.scheme}://{storage.bucket}.{url.netloc}"]
