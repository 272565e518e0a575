# One image for the web and the engine: they differ in their command alone.
# `python -m tests.packaging.prove_dockerfile` runs these steps in a clean folder; keep to what it understands.

FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY requirements-uv.txt requirements.txt ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-uv.txt \
    && python -m uv venv --quiet /opt/venv \
    && python -m uv pip sync --quiet --require-hashes --python /opt/venv/bin/python requirements.txt
COPY manage.py LICENSE ./
COPY accounts accounts
COPY studio studio
COPY templates templates
COPY static static
# The key signs nothing: it lives for this one command, and settings do not load without one.
RUN SECRET_KEY=for-collectstatic-alone VAR_DIR=/app/var STATIC_HASHED=true STATIC_ROOT=/opt/static \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -r /app/var \
    && /opt/venv/bin/python -m compileall -q accounts studio

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Dailies" \
      org.opencontainers.image.description="A self-hosted prompt-to-video studio for teams" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin dailies \
    && install --directory --owner=dailies --mode=0750 /data
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/data \
    STATIC_ROOT=/opt/static \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=8 \
    GRANIAN_WEBSOCKETS=false \
    GRANIAN_RESPAWN_FAILED_WORKERS=true \
    GRANIAN_WORKERS_KILL_TIMEOUT=20
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/static /opt/static
COPY --from=build /app /app
USER 10001
VOLUME ["/data"]
EXPOSE 8000
# The web's. For the engine it is: python manage.py doctor --engine
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-m", "studio.management.alive"]
CMD ["granian", "--interface", "wsgi", "studio.config.wsgi:application"]
