"""Nobody reaches another company's data: checked once, before any handler runs."""

from fastapi import Depends, HTTPException, Request

from harbor.context import tenant_id
from harbor.web.auth import Caller, current_caller


def same_tenant(request: Request, caller: Caller = Depends(current_caller)) -> None:
    """403 where the path names another tenant than the token does."""
    requested = request.path_params.get("tenant_id", caller.tenant_id)
    if requested != caller.tenant_id:
        raise HTTPException(status_code=403, detail="not your tenant")


async def remember_tenant(caller: Caller = Depends(current_caller)) -> None:
    """Lets what the request runs know whose it is; asynchronous, so that the handler sees it."""
    tenant_id.set(caller.tenant_id)
