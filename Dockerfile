# The course in a container. JupyterLab prints an address with its token; only this machine reaches it.
#
#   docker build -t deep-learning .
#   docker run --rm -p 127.0.0.1:8888:8888 -v deep-learning:/home/learner/deep-learning-course \
#     -v deep-learning-cache:/home/learner/.cache/deep-learning-course deep-learning
#
# On an NVIDIA GPU: build with --build-arg GPU=1, run with --gpus all.
FROM python:3.12.12-slim-trixie

# The course belongs to root, as where one installation serves a class (utils/settings.py). What is a
# learner's own, notebooks, runs, progress, lies in the first volume; data and what can be made again in
# the second.
RUN useradd --create-home --uid 1000 learner \
    && install -d -o learner -g learner \
        /home/learner/.cache /home/learner/.cache/deep-learning-course /home/learner/deep-learning-course

WORKDIR /opt/course
ARG GPU=0
COPY requirements.txt constraints.txt ./
RUN sed '/^-e /d' requirements.txt > packages.txt \
    && { [ "$GPU" = 0 ] || echo 'tensorflow[and-cuda]' >> packages.txt; } \
    && pip install --no-cache-dir -r packages.txt
COPY . .
RUN pip install --no-cache-dir --no-deps -e . && python -m compileall -q utils && chmod -R go+rX .

VOLUME ["/home/learner/deep-learning-course", "/home/learner/.cache/deep-learning-course"]
USER 1000
WORKDIR /home/learner/deep-learning-course
EXPOSE 8888
# A first process hears of SIGTERM only where it asks to; Python does of SIGINT.
STOPSIGNAL SIGINT
CMD ["python", "-m", "utils.jupyter.container_lab"]
