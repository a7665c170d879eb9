"""The routes of `/v1/session`."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access.authentication import COOKIE, drop_cookie
from api.access.rules import SESSION_PATH
from api.dependencies import AccessOf, CallerOf, SettingsOf
from api.http.headers import headers
from api.http.problems import declare
from api.sessions.schemas import Session
from api.sessions.service import begin_session
from shared.errors import Unavailable

router = APIRouter(prefix=SESSION_PATH.removeprefix("/v1"), tags=["session"])


@router.get("", summary="Who am I?", responses=declare(Unavailable))
async def get_session(request: Request, access: AccessOf, caller: CallerOf) -> Session:
    """The owner whose jobs the caller sees, and the scopes. Without a key (`key` is null) none is needed here."""
    cookie = request.cookies.get(COOKIE)
    session = await access.authenticator.session(cookie) if cookie else None
    is_of_caller = session is not None and session.key == caller.key
    return Session.of(caller, session.expires_at if session and is_of_caller else None)


@router.post(
    "",
    summary="Sign in",
    response_model=Session,
    responses={
        200: {
            "description": "The cookie `photochrom_session` stands for the key from now on.",
            "headers": headers(sometimes=["Set-Cookie"]),
        },
        **declare(Unavailable),
    },
)
async def post_session(request: Request, access: AccessOf, settings: SettingsOf, caller: CallerOf) -> Response:
    """Send the key as `Authorization: Bearer`. The answer sets an HttpOnly cookie, which scripts cannot read and which
    is sent to this gateway's own pages only. It ends when the key does. Where no key is needed, nothing is set.
    """
    if caller.key is None:
        return Response(Session.of(caller, None).model_dump_json(), media_type="application/json")
    cookie, session = await begin_session(access.keys, caller.key, settings.session_hours)
    answer = Response(Session.of(caller, session.expires_at).model_dump_json(), media_type="application/json")
    is_secure = request.url.scheme == "https" or (settings.public_url or "").startswith("https:")
    seconds = round(settings.session_hours * 3600)
    answer.set_cookie(COOKIE, cookie, max_age=seconds, httponly=True, samesite="strict", secure=is_secure)
    return answer


@router.delete(
    "",
    summary="Sign out",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={204: {"headers": headers(sometimes=["Set-Cookie"])}, **declare(Unavailable)},
)
async def delete_session(request: Request, access: AccessOf) -> Response:
    """End the session of the cookie, for everyone who has a copy of it."""
    answer = Response(status_code=HTTPStatus.NO_CONTENT)
    if cookie := request.cookies.get(COOKIE):
        await access.authenticator.end_session(cookie)
        drop_cookie(answer)
    return answer
