# One image for web, worker and pump; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm AS packages
# telemetry: with what SENTRY_DSN and OTLP_ENDPOINT need.
ARG LOCK=runtime
COPY requirements/uv.lock requirements/runtime.lock requirements/telemetry.lock /requirements/
RUN python -m venv /venv \
    && pip install --no-cache-dir --require-hashes --requirement /requirements/uv.lock \
    && VIRTUAL_ENV=/venv uv pip sync --no-cache --compile-bytecode --require-hashes /requirements/${LOCK}.lock

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DEBUG=false VAR_DIR=/srv/wrapups/var STATIC_DIR=/srv/wrapups/static
RUN useradd --system --uid 10001 --no-create-home wrapups
COPY --from=packages /venv /venv
WORKDIR /srv/wrapups
COPY manage.py ./
COPY dashboard dashboard
COPY wrapups wrapups
COPY templates templates
# The key signs nothing: collecting static files needs one to start, and the image keeps none.
RUN SECRET_KEY=only-while-the-image-is-built python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q dashboard wrapups
USER wrapups
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", \
     "--blocking-threads", "4", "--workers-kill-timeout", "10", "dashboard.wsgi:application"]
