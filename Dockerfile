# Kineograph in a container: docker build -t kineograph .
# With a GPU:                docker build --build-arg DEVICE=cuda13 -t kineograph:cuda13 .     (or cuda12)
ARG PYTHON=3.13
ARG NODE=24

# ---- the page
FROM node:${NODE}-bookworm-slim AS page
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

# ---- the wheel, the page inside
FROM python:${PYTHON}-slim-bookworm AS wheel
WORKDIR /build
COPY requirements/build.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/build.txt
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY engine/ engine/
COPY server/ server/
COPY --from=page /build/frontend/dist/ frontend/dist/
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels .

# ---- everything that runs, in one folder
FROM python:${PYTHON}-slim-bookworm AS packages
ARG DEVICE=cpu
COPY requirements/${DEVICE}.txt /requirements.txt
RUN python -m venv /opt/kineograph \
    && /opt/kineograph/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt
COPY --from=wheel /wheels/ /wheels/
RUN /opt/kineograph/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

# ---- what is shipped: no compiler, no Node, no root; only /data is written to
FROM python:${PYTHON}-slim-bookworm
RUN useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin kineograph
COPY --from=packages /opt/kineograph /opt/kineograph
# The NVIDIA variables ask the container toolkit for a GPU, and mean nothing without one.
ENV PATH=/opt/kineograph/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KINEOGRAPH_DATA=/data \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
ENTRYPOINT ["kineograph"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
