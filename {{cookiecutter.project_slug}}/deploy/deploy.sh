#!/usr/bin/env bash
# deploy/deploy.sh VERB ENVIRONMENT: brings the service's image to where it runs, and back.
# Settings are environment variables, which deploy/README.md lists; `check` says which of them lack.
# The bash 3.2 of macOS understands it.
set -euo pipefail
umask 077

service="{{ cookiecutter.__service }}"
verb="${1:-}"
environment="${2:-}"
usage="deploy/deploy.sh check|deploy|undo|smoke|current staging|production"
missing=""
work=""
tunnel=""

say() {
    printf '%s\n' "$*"
}

refuse() {
    printf 'Refused: %s\n' "$*" >&2
    exit 1
}

leave() {
    [ -z "$tunnel" ] || kill "$tunnel" 2>/dev/null || true
    [ -z "$work" ] || rm -rf "$work"
}

# need NAME KIND WHAT: without this setting nothing can be done.
need() {
    local name="$1"
    if [ -z "${!name:-}" ]; then
        say "$name is not set: $3. On GitHub: Settings → Environments → $environment → $2s;" \
            "here: export $name=…" >&2
        missing=yes
    fi
}

# A person's own keys and logins do here, but a machine of GitHub's has none.
need_on_github() {
    [ -z "${GITHUB_ACTIONS:-}" ] || need "$@"
}

# plain NAME CHARACTERS EXAMPLE: its value goes into another shell, or YAML, so it holds no others.
plain() {
    local LC_ALL=C name="$1"
    case "${!name:-}" in
        -* | *[!$2]*)
            refuse "$name is $(printf %q "${!name}"): it looks like $3, without blanks or quotes"
            ;;
    esac
}

listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# The service there, as if it were here, for as long as the smoke test takes.
smoke() {
    local port
    port=$((20000 + RANDOM % 12000))
    while listening "$port"; do
        port=$((port + 1))
    done
    forward "$port" </dev/null &
    tunnel=$!
    until listening "$port"; do
        kill -0 "$tunnel" 2>/dev/null || refuse "$environment is not reached, for the reason above"
        sleep 0.2
    done
    make --no-print-directory smoke URL="http://127.0.0.1:$port"
}

cd "$(dirname "$0")/.."
case "$verb" in
    check | deploy | undo | smoke | current) ;;
    *) refuse "no such verb: '$verb'; it is $usage" ;;
esac
case "$environment" in
    staging | production) ;;
    *) refuse "no such environment: '$environment'; it is $usage" ;;
esac

targets=""
for file in deploy/targets/*.sh; do
    targets="$targets${targets:+, }$(basename "$file" .sh)"
done
need DEPLOY_TARGET variable "where the service runs, one of $targets"
[ -z "$missing" ] || exit 1
plain DEPLOY_TARGET a-z0-9- compose
[ -f "deploy/targets/$DEPLOY_TARGET.sh" ] ||
    refuse "no such target: '$DEPLOY_TARGET'; DEPLOY_TARGET is one of $targets"
# shellcheck source=/dev/null
. "deploy/targets/$DEPLOY_TARGET.sh"
settings
[ -z "$missing" ] || exit 1

case "$verb" in
    check)
        say "$environment: every setting of $DEPLOY_TARGET is there"
        exit
        ;;
    deploy)
        [ -n "${IMAGE:-}" ] || refuse "IMAGE is not set; it looks like {{ cookiecutter.__image }}"
        [ -n "${TAG:-}" ] || refuse "TAG is not set; it looks like v0.0.1-1f2e3d4"
        ;;
esac
plain IMAGE a-z0-9._/:- "{{ cookiecutter.__image }}"
plain TAG A-Za-z0-9._- v0.0.1-1f2e3d4
wanted="${IMAGE:+${TAG:+$IMAGE:$TAG}}"

trap leave EXIT
work="$(mktemp -d)"
secrets
case "$verb" in
    deploy)
        say "$environment: deploying $wanted by $DEPLOY_TARGET"
        deploy
        say "$environment: $wanted runs"
        ;;
    *) "$verb" ;;
esac
