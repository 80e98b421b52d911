# What the targets sagemaker, vertex and azure share: deploy/<target>/deploy.py, in an environment of its own.

# The cloud pulls from a registry that it reaches, which may have the image under another name.
IMAGE="${CLOUD_IMAGE:-${IMAGE:-}}"

secrets() {
    export IMAGE TAG="${TAG:-}"
}

cloud() {
    make --no-print-directory --silent ".clouds/$DEPLOY_TARGET/.done" >&2
    ".clouds/$DEPLOY_TARGET/bin/python" "deploy/$DEPLOY_TARGET/deploy.py" "$1" "$service-$environment"
}

deploy() {
    cloud deploy
}

undo() {
    cloud undo
}

current() {
    cloud current
}

# These answer by their own address, to whoever has an account: the example is asked there.
smoke() {
    cloud ask <models/image/example.json >"$work/answer.json"
    .venv/bin/python -m {{ cookiecutter.package_name }}.clouds.smoke <"$work/answer.json"
}
