# One image for every process of Roger: pages, stream, worker, scheduler, front and the stand-in.
# docker-compose.yml says which command it runs as; nothing in it is a secret.

FROM python:3.11-slim AS environment
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /opt/roger \
 && /opt/roger/bin/pip install --require-hashes -r /tmp/run.txt

FROM python:3.11-slim
ENV PATH=/opt/roger/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/app \
    DJANGO_SETTINGS_MODULE=roger.settings \
    ROGER_HOME=/srv/roger \
    MEDIA_ROOT=/srv/media \
    XDG_DATA_HOME=/srv/certificates
COPY --from=environment /opt/roger /opt/roger
COPY . /app
WORKDIR /app
# Static files are part of the image: the front of a version serves the files of that version.
# The folders below belong to the account, so that volumes mounted there do too.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin roger \
 && mkdir -p /srv/roger/run /srv/media /srv/certificates /srv/simulator \
 && python -m compileall -q /app /opt/roger/lib \
 && python manage.py collectstatic --noinput --verbosity 0 \
 && chown -R roger:roger /srv/roger/run /srv/media /srv/certificates /srv/simulator
USER roger
