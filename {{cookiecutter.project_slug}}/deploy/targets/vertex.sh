# An endpoint of Vertex AI, as deploy/vertex/specification.yaml says.
. deploy/clouds/target.sh

settings() {
    need GOOGLE_CLOUD_PROJECT variable "the project's id"
    need VERTEX_REGION variable "the region, such as europe-west4"
    need_on_github GOOGLE_CREDENTIALS secret "the JSON key of a service account that may change Vertex AI"
    plain GOOGLE_CLOUD_PROJECT a-z0-9:.- my-project
    plain VERTEX_REGION a-z0-9- europe-west4
}

secrets() {
    export IMAGE TAG="${TAG:-}"
    if [ -n "${GOOGLE_CREDENTIALS:-}" ]; then
        printf '%s\n' "$GOOGLE_CREDENTIALS" >"$work/credentials.json"
        export GOOGLE_APPLICATION_CREDENTIALS="$work/credentials.json"
    fi
    unset GOOGLE_CREDENTIALS
}
