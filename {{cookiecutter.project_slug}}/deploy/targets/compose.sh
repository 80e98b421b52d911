# A machine with Docker, reached by SSH: there runs compose.yaml, as `make up` does here.
# In DEPLOY_PATH lies what runs: .env, compose.yaml, deploy/; in former/, what ran before that.
# .env says which image. Whatever else stands in it (API_KEY, …) is that machine's, and stays.

DEPLOY_PATH="${DEPLOY_PATH:-$service-$environment}"
DEPLOY_PORT="${DEPLOY_PORT:-8000}"

settings() {
    need DEPLOY_HOST variable "who logs in where, as user@host or ssh://user@host:port"
    need_on_github SSH_KEY secret "that user's private key"
    need_on_github SSH_KNOWN_HOSTS variable "the host's public keys, as ssh-keyscan prints them"
    plain DEPLOY_HOST A-Za-z0-9._@:/- deploy@models.example.com
    plain DEPLOY_PATH A-Za-z0-9._/- "/srv/$service"
    plain DEPLOY_PORT 0-9 8000
}

secrets() {
    options=(-T -o ConnectTimeout=20 -o ServerAliveInterval=15)
    if [ -n "${SSH_KEY:-}" ]; then
        printf '%s\n' "$SSH_KEY" | tr -d '\r' >"$work/key"
        options+=(-i "$work/key" -o IdentitiesOnly=yes -o BatchMode=yes)
    fi
    if [ -n "${SSH_KNOWN_HOSTS:-}" ]; then
        printf '%s\n' "$SSH_KNOWN_HOSTS" | tr -d '\r' >"$work/known_hosts"
        options+=(-o "UserKnownHostsFile=\"$work/known_hosts\"" -o StrictHostKeyChecking=yes)
    fi
    unset SSH_KEY SSH_KNOWN_HOSTS
}

on_host() {
    ssh "${options[@]}" -- "$DEPLOY_HOST" "$@" || return 1
}

# Run the script of standard input there, with these values and functions.
script_on_host() {
    {
        printf 'path=%q\nwanted=%q\n{\n' "$DEPLOY_PATH" "$wanted"
        cat <<'THERE'
ours='^(COMPOSE_PROJECT_NAME|IMAGE|TAG|PORT|RUN_AS)='

image_in() {
    awk -F = '$1 == "IMAGE" { image = $2 } $1 == "TAG" { print image ":" $2 }' "$1"
}

# What lies in next/ takes the place of what runs. Only a new container reads mounted files again.
start() {
    again=
    diff -r deploy next/deploy >/dev/null 2>&1 || again=--force-recreate
    rm -rf deploy
    mv next/deploy next/compose.yaml .
    mv next/.env .
    rmdir next
    docker compose up --detach --wait --wait-timeout 300 --remove-orphans $again || {
        docker compose logs --tail 20 api >&2
        exit 1
    }
}
THERE
        cat
        printf '} </dev/null\n'
    } | on_host sh -eu
}

deploy() {
    local next="$work/next"
    mkdir -p "$next/deploy"
    cp compose.yaml "$next"
{{- slot("watchers") }}
    printf '%s\n' "COMPOSE_PROJECT_NAME=$service-$environment" \
        "IMAGE=$IMAGE" "TAG=$TAG" "PORT=$DEPLOY_PORT" >"$next/.env"
    COPYFILE_DISABLE=1 tar -C "$work" -cf - next |
        on_host "mkdir -p $DEPLOY_PATH && cd $DEPLOY_PATH && rm -rf next && tar -xof -"
    script_on_host <<'THERE'
cd "$path"
mkdir -p logs reports
run_as=$(id -u):$(id -g)
if [ "$(id -u)" = 0 ]; then # the service is no root, whoever logs in
    run_as=10001:10001
    chown "$run_as" logs
fi
chmod -R a+rX next/compose.yaml next/deploy
echo "RUN_AS=$run_as" >>next/.env
[ ! -f .env ] || grep -Ev "$ours" .env >>next/.env || true
docker compose --env-file next/.env --file next/compose.yaml pull --quiet api
if [ -f compose.yaml ] && [ -d deploy ] && [ "$(image_in .env)" != "$wanted" ]; then
    rm -rf former former.next
    mkdir former.next
    cp -Rp .env compose.yaml deploy former.next
    mv former.next former
fi
start
THERE
}

undo() {
    script_on_host <<'THERE'
runs=
[ ! -f "$path/.env" ] || runs=$(image_in "$path/.env")
if [ -n "$wanted" ] && [ "$wanted" != "$runs" ]; then
    echo "nothing to undo: ${runs:-nothing} is there, not $wanted"
elif [ ! -d "$path/former" ] || [ "$(image_in "$path/former/.env")" = "$runs" ]; then
    echo "nothing is known to have run there before $runs"
else
    cd "$path"
    rm -rf next
    cp -Rp former next
    grep -E "$ours" former/.env >next/.env
    grep -Ev "$ours" .env >>next/.env || true
    start
    echo "$(image_in .env) runs again"
fi
THERE
}

current() {
    script_on_host <<'THERE'
[ -f "$path/compose.yaml" ] || exit 0
cd "$path"
found=$(docker compose ps --format json api)
printf '%s\n' "$found" | sed -n 's/.*"Image": *"\([^"]*\)".*/\1/p'
THERE
}

forward() {
    exec ssh "${options[@]}" -N -o ExitOnForwardFailure=yes \
        -L "127.0.0.1:$1:127.0.0.1:$DEPLOY_PORT" -- "$DEPLOY_HOST"
}
