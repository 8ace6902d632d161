"""The same services on this machine, for the time the cloud is away."""

from pathlib import Path


class FolderUploads:
    """Files in a folder for each tenant."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def save(self, tenant_id: str, name: str, data: bytes) -> None:
        path = self._path(tenant_id, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def load(self, tenant_id: str, name: str) -> bytes:
        return self._path(tenant_id, name).read_bytes()

    def _path(self, tenant_id: str, name: str) -> Path:
        return self._folder / Path(tenant_id).name / Path(name).name


class MemorySessions:
    """Sessions of this process."""

    def __init__(self) -> None:
        self._expiry: dict[tuple[str, str], int] = {}

    def start(self, tenant_id: str, session_id: str, expires_at: int) -> None:
        self._expiry[tenant_id, session_id] = expires_at

    def end(self, tenant_id: str, session_id: str) -> None:
        self._expiry.pop((tenant_id, session_id), None)
