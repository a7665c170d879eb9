"""The routes of the page. They are public: the document and its scripts reveal nothing, and the API asks for a key."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from api.http.etags import has_current
from api.page import absent
from api.page.files import DOCUMENT, PageFile, read_page
from api.page.headers import REVALIDATED, UNCHANGING, page_headers
from api.page.paths import HASHED, UNHASHED, VIEWS, is_lost
from api.settings import GatewaySettings

# The page for a browser at an address that does not exist. None: answer with the problem that programs get.
LostPage = Callable[[HTTPConnection], Response | None]


def add_page(app: FastAPI, settings: GatewaySettings) -> None:
    """The page as it is built now: a later build needs another start, so that its files never mix."""
    files = read_page(settings.page_dir)
    app.include_router(_page_router(files, settings))
    app.state.lost_page = _lost_page(files, settings)


def _lost_page(files: Mapping[str, PageFile], settings: GatewaySettings) -> LostPage:
    headers = page_headers(settings.storage)

    def answer(request: HTTPConnection) -> Response | None:
        if not files or not is_lost(request.url.path, request.headers.get("accept", "")):
            return None
        return Response(
            files[DOCUMENT].content,
            HTTPStatus.NOT_FOUND,
            {**headers, "Cache-Control": REVALIDATED, "Vary": "Accept"},
            files[DOCUMENT].media_type,
        )

    return answer


def _page_router(files: Mapping[str, PageFile], settings: GatewaySettings) -> APIRouter:
    headers = page_headers(settings.storage)
    router = APIRouter(include_in_schema=False)

    async def get_view(request: Request) -> Response:
        if not files:
            return _without_page(request, headers)
        return _file_response(request, files[DOCUMENT], {**headers, "Cache-Control": REVALIDATED})

    async def get_file(request: Request) -> Response:
        path = request.url.path
        if path not in files:
            raise HTTPException(HTTPStatus.NOT_FOUND, "The page has no such file" if files else absent.HOW_TO_GET_IT)
        caching = UNCHANGING if path.startswith(HASHED) else REVALIDATED
        return _file_response(request, files[path], {**headers, "Cache-Control": caching})

    for view in VIEWS:
        router.add_api_route(view, get_view)
    for folder in (HASHED, UNHASHED):
        router.add_api_route(folder + "{file:path}", get_file)
    return router


def _without_page(request: Request, headers: Mapping[str, str]) -> Response:
    if request.url.path != "/":
        raise HTTPException(HTTPStatus.NOT_FOUND, absent.HOW_TO_GET_IT)
    return HTMLResponse(absent.DOCUMENT, headers={**headers, "Cache-Control": REVALIDATED})


def _file_response(request: Request, file: PageFile, headers: Mapping[str, str]) -> Response:
    encoding, body = file.accepted(request.headers.get("accept-encoding", ""))
    tag = f"{file.tag}-{encoding}" if encoding else file.tag
    tagged = {**headers, "ETag": f'"{tag}"', "Vary": "Accept-Encoding"}
    if has_current(request.headers.get("if-none-match"), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=tagged)
    if encoding:
        tagged["Content-Encoding"] = encoding
    return Response(body, headers=tagged, media_type=file.media_type)
