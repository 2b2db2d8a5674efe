# Fairwitness on a CPU, for people who are not root:
#   docker build -t fairwitness .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" fairwitness run ./candidate -o audit
# An index of CPU builds of torch, given with --build-arg PIP_EXTRA_INDEX_URL=..., makes the image some GB smaller.
FROM python:3.12-slim AS build
ARG PIP_EXTRA_INDEX_URL=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /opt/fairwitness
ENV PATH="/opt/fairwitness/bin:$PATH"
COPY pyproject.toml README.md LICENSE constraints-3.12.txt ./
COPY package package
COPY audit audit
COPY probes probes
COPY reports reports
RUN python -m pip install -c constraints-3.12.txt ".[gguf,tabular]"

FROM python:3.12-slim
COPY --from=build /opt/fairwitness /opt/fairwitness
ENV PATH="/opt/fairwitness/bin:$PATH" \
    HOME=/tmp/home \
    FAIRWITNESS_CACHE_DIR=/tmp/home/.cache/fairwitness \
    OMP_WAIT_POLICY=PASSIVE \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --create-home --home-dir /tmp/home --uid 10001 fairwitness \
    && chmod 1777 /tmp/home \
    && mkdir /work \
    && chown fairwitness /work
USER 10001
WORKDIR /work
ENTRYPOINT ["fairwitness"]
CMD ["--help"]
