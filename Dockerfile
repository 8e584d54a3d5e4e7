# Three images from one file. None of them asks the network for anything when it runs.
#
#   docker build --target cpu .          pipeline and all commands, ONNX Runtime for the CPU
#   docker build --target cuda .         the same for NVIDIA GPUs; the host brings the driver and its container toolkit
#   docker build --target hypervisor .   the services' side only: no ONNX Runtime
#
# The install lines are those of the Makefile, except that an image is not edited; tests/test_packaging.py compares them.

FROM python:3.12-slim-bookworm AS source
WORKDIR /src
RUN python -m venv /opt/parvis
ENV PATH=/opt/parvis/bin:$PATH
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY models ./models
COPY pipeline ./pipeline
COPY hypervisor ./hypervisor
COPY parvis ./parvis

FROM source AS install-cpu
RUN --mount=type=cache,target=/root/.cache/pip pip install ".[cpu]"

# The wheels of CUDA and cuDNN come with this extra, so that no image of NVIDIA's is needed underneath.
FROM source AS install-cuda
RUN --mount=type=cache,target=/root/.cache/pip pip install ".[cuda]"

FROM source AS install-hypervisor
RUN --mount=type=cache,target=/root/.cache/pip pip install "."

FROM python:3.12-slim-bookworm AS runtime
RUN useradd --uid 10001 --create-home parvis && install --directory --owner=parvis --mode=0700 /data
ENV PATH=/opt/parvis/bin:$PATH PARVIS_DATA=/data PARVIS_CACHE=/data/cache PYTHONUNBUFFERED=1
WORKDIR /site
ENTRYPOINT ["parvis"]
CMD ["--help"]

FROM runtime AS cuda
COPY --from=install-cuda /opt/parvis /opt/parvis
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER 10001

FROM runtime AS hypervisor
COPY --from=install-hypervisor /opt/parvis /opt/parvis
USER 10001
CMD ["serve"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]

# The last one is what `docker build .` gives.
FROM runtime AS cpu
COPY --from=install-cpu /opt/parvis /opt/parvis
USER 10001
