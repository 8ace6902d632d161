"""Small repositories with images, shared by the examples of the checks on containers."""

APP = """from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health() -> dict:
    return {"ok": True}
"""
WORKER = 'def work() -> None:\n    print("working")\n\n\nif __name__ == "__main__":\n    work()\n'
REQUIREMENTS = "fastapi==0.115.0\nuvicorn[standard]==0.32.0\n"
DOCKERFILE = """FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY main.py .
CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]
"""
STAGED = """FROM python:3.12 AS build
COPY requirements.txt .
RUN pip install --prefix=/install -r requirements.txt

FROM python:3.12-slim
COPY --from=build /install /usr/local
WORKDIR /app
COPY main.py .
CMD ["uvicorn", "main:app", "--host", "0.0.0.0"]
"""
SERVICE = {"main.py": APP, "requirements.txt": REQUIREMENTS}
PACKAGE = '{"name": "web", "scripts": {"start": "vite", "build": "vite build"}}\n'
COMPOSE = "services:\n  api:\n    build: .\n    depends_on: [db]\n  db:\n    image: postgres:16\n"
CURL = 'HEALTHCHECK --interval=30s CMD curl -f "http://localhost:8000/health" || exit 1\n'
KUBERNETES = """apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - name: api
          image: registry.example/shop/api:1
          readinessProbe:
            httpGet: {path: /health, port: 8000}
"""
FARGATE = {
    "infra/cdk.json": '{"app": "python app.py"}\n',
    "infra/app.py": """from aws_cdk import App, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns

app = App()
stack = Stack(app, "Shop")
service = patterns.ApplicationLoadBalancedFargateService(
    stack,
    "Service",
    task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(image=ecs.ContainerImage.from_asset("..")),
)
service.target_group.configure_health_check(path="/health")
""",
}


def service(folder: str, dockerfile: str | None = DOCKERFILE, **files: str) -> dict[str, str]:
    """A service in a folder, with its Dockerfile; `files` are further ones by the name of their stem."""
    found = {f"{folder}/{name}": text for name, text in SERVICE.items()}
    found |= {f"{folder}/{name}.py": text for name, text in files.items()}
    return found | ({f"{folder}/Dockerfile": dockerfile} if dockerfile is not None else {})


def changed(old: str, new: str) -> dict[str, str]:
    """The service with something in its Dockerfile replaced."""
    return {**SERVICE, "Dockerfile": DOCKERFILE.replace(old, new)}


def probed(old: str = "", new: str = "") -> dict[str, str]:
    """The service with a HEALTHCHECK, something in its Dockerfile replaced."""
    return {**SERVICE, "Dockerfile": (DOCKERFILE + CURL).replace(old, new) if old else DOCKERFILE + CURL}
